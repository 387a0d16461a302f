use rcgen::{CertifiedKey as Pair, generate_simple_self_signed};

use super::*;

fn pair() -> (String, String) {
    let Pair { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (cert.pem(), signing_key.serialize_pem())
}

/// A directory that is gone at the end, and the files in it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("portcullis-tls-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn files(&self) -> TlsFiles {
        TlsFiles { certificate: self.0.join("cert.pem"), key: self.0.join("key.pem") }
    }

    fn put(&self, certificate: &str, key: &str) {
        fs::write(self.files().certificate, certificate).unwrap();
        fs::write(self.files().key, key).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn shown(certificate: &Certificate) -> CertificateDer<'static> {
    certificate.current.read().unwrap().cert[0].clone()
}

fn parsed(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

#[test]
fn a_pair_is_taken_over_when_its_files_change() {
    let place = Place::new("change");
    let (first, second) = (pair(), pair());
    place.put(&first.0, &first.1);
    let certificate = Certificate::load(place.files()).unwrap();
    assert!(!certificate.look_again().unwrap());
    place.put(&second.0, &second.1);
    assert_eq!(shown(&certificate), parsed(&first.0));
    assert!(certificate.look_again().unwrap());
    assert_eq!(shown(&certificate), parsed(&second.0));
    assert!(!certificate.look_again().unwrap());
}

#[test]
fn what_is_no_pair_is_not_taken_over_and_told_once() {
    let place = Place::new("broken");
    let (first, second) = (pair(), pair());
    place.put(&first.0, &first.1);
    let certificate = Certificate::load(place.files()).unwrap();
    let half = &second.0[..second.0.len() / 2];
    // As when one file was written and the other is not yet.
    for (broken_certificate, broken_key) in [
        (second.0.as_str(), first.1.as_str()),
        (half, &second.1),
        ("", &second.1),
        (&second.0, ""),
        (&second.1, &second.0),
    ] {
        place.put(broken_certificate, broken_key);
        let told = certificate.look_again().unwrap_err().to_string();
        assert!(!told.contains("BEGIN") && !told.contains("MII"), "{told}");
        assert!(!certificate.look_again().unwrap(), "told once");
        assert_eq!(shown(&certificate), parsed(&first.0));
    }
    fs::remove_file(place.files().key).unwrap();
    assert!(certificate.look_again().unwrap_err().to_string().contains("key.pem"));
    assert!(!certificate.look_again().unwrap(), "told once");
    assert_eq!(shown(&certificate), parsed(&first.0));
    place.put(&second.0, &second.1);
    assert!(certificate.look_again().unwrap());
    assert_eq!(shown(&certificate), parsed(&second.0));
}

#[test]
fn what_is_no_pair_is_not_loaded_and_the_file_is_named() {
    let place = Place::new("load");
    let refusal = || Certificate::load(place.files()).unwrap_err().to_string();
    assert!(refusal().contains("cert.pem"));
    let (first, second) = (pair(), pair());
    place.put(&first.0, "x");
    assert!(refusal().contains("key.pem"));
    place.put("x", &first.1);
    assert!(refusal().contains("cert.pem"));
    place.put(&first.0, &second.1);
    assert!(refusal().contains("together"));
}
