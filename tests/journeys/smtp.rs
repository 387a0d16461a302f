use kernel::Secret;

use crate::support::mailbox::{Mailbox, free_address};
use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn mails_go_to_the_mail_server_where_there_is_one() {
    let address = free_address();
    let mailbox = Mailbox::serve(address);
    let world = World::with(|config| config.smtp_url = Some(Secret::new(format!("smtp://{address}")))).await;
    world.sign_up("acme").await;
    let mails = mailbox.until_received(1).await;
    assert!(mails[0].starts_with("acme@example.com\n"), "{}", mails[0]);
    assert!(mails[0].contains("Message-ID:") && mails[0].contains("Subject:"), "{}", mails[0]);
    assert!(!world.data_dir.join("outbox").exists(), "with a mail server no mail is a file");
    let left = "SELECT count(*) FROM mails WHERE sealed IS NOT NULL";
    eventually("a sent mail is wiped", async || world.database.count(left).await == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_mail_server_delays_mails_and_loses_none() {
    let address = free_address();
    let world = World::with(|config| config.smtp_url = Some(Secret::new(format!("smtp://{address}")))).await;
    world.sign_up("acme").await;
    world.sign_up("other").await;
    eventually("both are tried", async || {
        world.database.count("SELECT count(*) FROM mails WHERE attempts > 0").await == 2
    })
    .await;
    let mailbox = Mailbox::serve(address);
    world.clock.advance(chrono::TimeDelta::hours(2));
    assert_eq!(mailbox.until_received(2).await.len(), 2);
}
