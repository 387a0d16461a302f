use casbin::{CachedEnforcer, CoreApi, DefaultModel, Enforcer, MgmtApi, NullAdapter};
use futures::executor::block_on;
use rbac::{Effect, Facts, MemberFact, Role, system};

use crate::Contender;
use crate::workload::{MemberChange, Question, is_live};

/// Its `rbac_with_domains`, with denials that win, wildcards by its own `keyMatch`, and what tells most domains apart first.
const MODEL: &str = "
[request_definition]
r = sub, dom, obj
[policy_definition]
p = sub, dom, obj, eft
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.dom == p.dom && g(r.sub, p.sub, r.dom) && keyMatch(r.obj, p.obj)
";

/// One enforcer for all organizations, each a domain.
pub struct Casbin<E>(E);

pub type Plain = Casbin<Enforcer>;
pub type Cached = Casbin<CachedEnforcer>;

pub trait Named: CoreApi + MgmtApi {
    const NAME: &'static str;
}

impl Named for Enforcer {
    const NAME: &'static str = "casbin";
}

impl Named for CachedEnforcer {
    const NAME: &'static str = "casbin, cached";
}

impl<E: Named> Contender for Casbin<E> {
    const NAME: &'static str = E::NAME;
    type Asked = (String, String, String);

    fn build(facts: Vec<Facts>) -> Self {
        let model = block_on(DefaultModel::from_str(MODEL)).unwrap();
        let mut enforcer = block_on(E::new(model, NullAdapter)).unwrap();
        let told = enforcer.get_mut_model();
        for it in facts {
            let dom = it.organization.to_string();
            let active: Vec<&MemberFact> = it.members.iter().filter(|it| it.active).collect();
            let system = system::roles();
            let roles = system.iter().chain(&it.rules.roles);
            told.add_policies("p", "p", roles.clone().flat_map(|role| held(role, &dom)).collect());
            told.add_policies("g", "g", roles.flat_map(|role| inherited(role, &dom)).collect());
            told.add_policies("p", "p", active.iter().flat_map(|it| granted(it, &dom)).collect());
            told.add_policies("g", "g", active.iter().map(|it| assigned(it, &dom)).collect());
        }
        enforcer.build_role_links().unwrap();
        Self(enforcer)
    }

    fn ask(&self, question: &Question) -> Self::Asked {
        let Question { organization, user, permission } = question;
        (user.to_string(), organization.to_string(), permission.to_string())
    }

    fn may(&self, (user, organization, permission): &Self::Asked) -> bool {
        self.0.enforce((user, organization, permission)).unwrap()
    }

    fn change(&mut self, MemberChange { organization, before, after }: &MemberChange) {
        let dom = organization.to_string();
        if before.active {
            block_on(self.0.remove_grouping_policy(assigned(before, &dom))).unwrap();
            block_on(self.0.remove_policies(granted(before, &dom))).unwrap();
        }
        if after.active {
            block_on(self.0.add_grouping_policy(assigned(after, &dom))).unwrap();
            block_on(self.0.add_policies(granted(after, &dom))).unwrap();
        }
    }
}

fn held(role: &Role, dom: &str) -> Vec<Vec<String>> {
    role.permissions.iter().map(|it| line([role.key.as_str(), dom, &it.to_string(), "allow"])).collect()
}

fn inherited(role: &Role, dom: &str) -> Vec<Vec<String>> {
    role.inherits.iter().map(|it| line([role.key.as_str(), it.as_str(), dom])).collect()
}

fn assigned(member: &MemberFact, dom: &str) -> Vec<String> {
    line([&member.user.to_string(), member.role.as_str(), dom])
}

fn granted(member: &MemberFact, dom: &str) -> Vec<Vec<String>> {
    let eft = |effect| if effect == Effect::Allow { "allow" } else { "deny" };
    let live = member.grants.iter().filter(|it| is_live(it));
    live.map(|it| line([&member.user.to_string(), dom, it.permission.as_str(), eft(it.effect)])).collect()
}

fn line<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}
