use std::sync::Arc;

use kernel::{Act, Decided, Problems, Store, Time, UnitOfWork, Write, carry_out};

use crate::consume::MOST;
use crate::create_service::check_name;
use crate::model::{Feature, FeatureKind, Plan, Service, ServiceCode};
use crate::ports::Catalogue;
use crate::update_service::retired;
use crate::{Action, Change, Error};

/// Makes a plan of a service, or makes it another: by a platform administrator.
pub struct SetPlan {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
}

/// What the plan is to be, whatever it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanInput {
    /// What people call it.
    pub name: String,
    /// What it gives.
    pub features: Vec<Feature>,
    /// Whether it can't be subscribed to any more. Who has it keeps it.
    pub retired: bool,
}

impl SetPlan {
    /// How many plans a service has at most, retired ones too.
    pub const MOST: usize = 50;

    /// Another set of features is another version: what was subscribed to keeps the one it has until it renews or moves. The
    /// plan as it is then.
    pub async fn run(&self, act: &Act, service: &str, key: &str, input: &PlanInput) -> Result<Plan, Error> {
        let code = ServiceCode::parse(service).ok_or(Error::ServiceNotFound)?;
        carry_out(self.store.as_ref(), act, || async {
            let service = self.catalogue.service(&code).await?.ok_or(Error::ServiceNotFound)?;
            let plan = plan(&service, key, input, act.at)?;
            let next = with(&service, &plan);
            if next == service {
                return Ok(Decided::Nothing(plan));
            }
            let unit = UnitOfWork::of(act, &Action::PlanSet { service: code.clone(), plan: plan.key.clone() })
                .change(Change::Service(Write::Save { expected: service, next }));
            Ok(Decided::Done(unit, plan))
        })
        .await
    }
}

fn plan(service: &Service, key: &str, input: &PlanInput, at: Time) -> Result<Plan, Problems> {
    let mut problems = Problems::default();
    let old = service.plan(key);
    let has_form = Plan::is_key(key);
    if !has_form {
        problems.add(
            "key",
            "The key must be 1 to 50 characters, only lower case letters, digits, hyphens and underscores.",
        );
    } else if old.is_none() && service.plans.len() >= SetPlan::MOST {
        problems.add("key", format!("A service has at most {} plans.", SetPlan::MOST));
    }
    let name = check_name(&mut problems, &input.name);
    let others: Vec<&Plan> = service.plans.iter().filter(|it| it.key != key).collect();
    check_features(&mut problems, &input.features, &others);
    let (Some(name), true) = (name, problems.is_empty()) else { return Err(problems) };
    let version = match old {
        None => 1,
        Some(old) if old.features == input.features => old.version,
        Some(old) => old.version + 1,
    };
    let retired_at = retired(old.and_then(|it| it.retired_at), Some(input.retired), at);
    Ok(Plan { key: key.to_owned(), name, version, features: input.features.clone(), retired_at })
}

/// The service with the plan, in its place or else as its last.
fn with(service: &Service, plan: &Plan) -> Service {
    let mut next = service.clone();
    match next.plans.iter_mut().find(|it| it.key == plan.key) {
        Some(old) => *old = plan.clone(),
        None => next.plans.push(plan.clone()),
    }
    next
}

/// How many features a plan has at most.
const MOST_FEATURES: usize = 50;

fn check_features(problems: &mut Problems, features: &[Feature], others: &[&Plan]) {
    if features.len() > MOST_FEATURES {
        problems.add("features", format!("A plan has at most {MOST_FEATURES} features."));
        return;
    }
    for (i, feature) in features.iter().enumerate() {
        let mut found = Problems::default();
        check_feature(&mut found, feature, others);
        if features[..i].iter().any(|it| it.key == feature.key) {
            found.add("key", "The plan has a feature of this key.");
        }
        problems.add_all(&format!("features.{i}"), found);
    }
}

fn check_feature(problems: &mut Problems, Feature { key, kind }: &Feature, others: &[&Plan]) {
    let has_form =
        (1..=50).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !has_form {
        let sentence = "The key field must be 1 to 50 characters, only lower case letters, digits and underscores.";
        problems.add("key", sentence);
    }
    let is_of_another_kind = |it: &Feature| std::mem::discriminant(&it.kind) != std::mem::discriminant(kind);
    if others.iter().filter_map(|plan| plan.feature(key)).any(is_of_another_kind) {
        problems.add("kind", "A feature is of one kind in all plans of a service.");
    }
    match kind {
        FeatureKind::Boolean { .. } => {}
        FeatureKind::Value { value } => {
            if value.chars().count() > 255 || value.chars().any(kernel::is_invisible) {
                problems.add("value", "The value field must be at most 255 printable characters.");
            }
        }
        FeatureKind::Meter(quota) => {
            for (field, amount) in [("limit", quota.limit), ("rollover", quota.rollover)] {
                if !(0..=MOST).contains(&amount) {
                    problems.add(field, format!("The {field} field must be a whole number from 0 to {MOST}."));
                }
            }
            if quota.rollover != 0 && quota.period == crate::Period::Lifetime {
                problems.add("rollover", "Nothing is left over of a quota that never begins anew.");
            }
        }
    }
}

#[cfg(test)]
mod tests;
