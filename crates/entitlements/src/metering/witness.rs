use kernel::{Act, Evidence};

use crate::metering::MeterKey;
use crate::{Action, Happening};

/// What orders leave behind: one entry a kind for all that went together, and each threshold where it was crossed.
#[derive(Default)]
pub struct Witness {
    consumed: Vec<(Act, i64)>,
    reserved: Vec<(Act, i64)>,
    released: Vec<(Act, i64)>,
    corrected: Vec<(Act, i64, String)>,
    crossed: Vec<(Act, Happening)>,
}

impl Witness {
    pub fn consumed(&mut self, act: &Act, quantity: i64) {
        self.consumed.push((act.clone(), quantity));
    }

    pub fn reserved(&mut self, act: &Act, quantity: i64) {
        self.reserved.push((act.clone(), quantity));
    }

    pub fn released(&mut self, act: &Act, quantity: i64) {
        self.released.push((act.clone(), quantity));
    }

    pub fn corrected(&mut self, act: &Act, quantity: i64, reason: &str) {
        self.corrected.push((act.clone(), quantity, reason.to_owned()));
    }

    pub fn crossed(&mut self, act: &Act, happening: Happening) {
        self.crossed.push((act.clone(), happening));
    }

    pub fn evidence(self, meter: &MeterKey) -> Evidence {
        let flushes = [
            together(&self.consumed, |quantity, times| Action::Consumed { meter: meter.clone(), quantity, times }),
            together(&self.reserved, |quantity, times| Action::Reserved { meter: meter.clone(), quantity, times }),
            together(&self.released, |quantity, times| Action::Released { meter: meter.clone(), quantity, times }),
        ];
        let corrections = self.corrected.into_iter().map(|(act, quantity, reason)| {
            Evidence::of(&act, &Action::Corrected { meter: meter.clone(), quantity, reason })
        });
        let evidence = flushes.into_iter().flatten().chain(corrections).fold(Evidence::default(), Evidence::and);
        self.crossed.into_iter().fold(evidence, |evidence, (act, happening)| evidence.announce(&act, &happening))
    }
}

/// By whoever did all of it; by Portcullis itself where that was more than one, for the ledger says who did what.
fn together(done: &[(Act, i64)], action: impl FnOnce(i64, usize) -> Action) -> Option<Evidence> {
    let (first, _) = done.first()?;
    let is_one = done.iter().all(|(act, _)| act.actor == first.actor);
    let act = if is_one { first.clone() } else { Act::of_system(first.at, first.ids.clone()) };
    Some(Evidence::of(&act, &action(done.iter().map(|(_, quantity)| quantity).sum(), done.len())))
}
