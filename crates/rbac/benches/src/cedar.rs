use std::collections::{BTreeMap, HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use rbac::{Effect, Facts, GrantFact, MemberFact, OrganizationId, Pattern, Permission, Role, UserId, system};

use crate::Contender;
use crate::workload::{MemberChange, Question, is_live};

/// All that differs is data: a user's membership stands in a tag named after the organization.
const POLICIES: &str = "
permit (principal, action, resource)
when {
    principal.hasTag(resource.name) &&
    (principal.getTag(resource.name).role in action || principal.getTag(resource.name).allowed.contains(action))
};
forbid (principal, action, resource)
when { principal.hasTag(resource.name) && principal.getTag(resource.name).denied.contains(action) };
";

pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    kinds: Kinds,
    /// What each user is in each organization; an entity is replaced as a whole.
    memberships: HashMap<UserId, BTreeMap<OrganizationId, MemberFact>>,
}

impl Contender for Cedar {
    const NAME: &'static str = "cedar";
    type Asked = Request;

    fn build(facts: Vec<Facts>) -> Self {
        let kinds = Kinds::default();
        let mut entities: HashMap<EntityUid, Entity> = HashMap::new();
        let mut memberships: HashMap<UserId, BTreeMap<OrganizationId, MemberFact>> = HashMap::new();
        for it in facts {
            let roles: Vec<Role> = system::roles().into_iter().chain(it.rules.roles.iter().cloned()).collect();
            let permissions = system::PERMISSIONS.iter().map(|(it, _)| it).chain(&it.rules.permissions);
            let own = std::iter::once(kinds.organization(it.organization))
                .chain(roles.iter().map(|role| kinds.role(it.organization, role)))
                .chain(kinds.permissions(permissions));
            entities.extend(own.map(|it| (it.uid(), it)));
            for member in it.members.iter().filter(|it| it.active) {
                memberships.entry(member.user).or_default().insert(it.organization, member.clone());
            }
        }
        let entities = entities.into_values().chain(memberships.iter().map(|(user, of)| kinds.user(*user, of)));
        let entities = Entities::from_entities(entities, None).unwrap();
        Self { authorizer: Authorizer::new(), policies: POLICIES.parse().unwrap(), entities, kinds, memberships }
    }

    fn ask(&self, question: &Question) -> Request {
        let Question { organization, user, permission } = question;
        let Kinds { user: user_kind, organization: organization_kind, .. } = &self.kinds;
        let user = uid(user_kind, user.to_string());
        let organization = uid(organization_kind, organization.to_string());
        Request::new(user, self.kinds.action(permission.as_str()), organization, Context::empty(), None).unwrap()
    }

    fn may(&self, asked: &Request) -> bool {
        self.authorizer.is_authorized(asked, &self.policies, &self.entities).decision() == Decision::Allow
    }

    fn change(&mut self, MemberChange { organization, after, .. }: &MemberChange) {
        let memberships = self.memberships.entry(after.user).or_default();
        if after.active {
            memberships.insert(*organization, after.clone());
        } else {
            memberships.remove(organization);
        }
        let user = self.kinds.user(after.user, memberships);
        let entities = std::mem::replace(&mut self.entities, Entities::empty());
        self.entities = entities.upsert_entities([user], None).unwrap();
    }
}

/// The names of kinds, parsed once.
struct Kinds {
    user: EntityTypeName,
    organization: EntityTypeName,
    role: EntityTypeName,
    action: EntityTypeName,
}

impl Default for Kinds {
    fn default() -> Self {
        let [user, organization, role, action] =
            ["User", "Organization", "Role", "Action"].map(|it| it.parse().unwrap());
        Self { user, organization, role, action }
    }
}

impl Kinds {
    fn action(&self, name: &str) -> EntityUid {
        uid(&self.action, name.to_owned())
    }

    fn role_uid(&self, organization: OrganizationId, key: &str) -> EntityUid {
        uid(&self.role, format!("{organization}/{key}"))
    }

    fn organization(&self, organization: OrganizationId) -> Entity {
        let name = RestrictedExpression::new_string(organization.to_string());
        let id = uid(&self.organization, organization.to_string());
        Entity::new(id, HashMap::from([("name".to_owned(), name)]), HashSet::new()).unwrap()
    }

    /// Among what it inherits and what it holds.
    fn role(&self, organization: OrganizationId, role: &Role) -> Entity {
        let inherited = role.inherits.iter().map(|it| self.role_uid(organization, it.as_str()));
        let held = role.permissions.iter().map(|it| self.action(&it.to_string()));
        Entity::new_no_attrs(self.role_uid(organization, role.key.as_str()), inherited.chain(held).collect())
    }

    /// The permissions, and each wildcard among all that it holds.
    fn permissions<'a>(&self, permissions: impl Iterator<Item = &'a Permission>) -> Vec<Entity> {
        let mut held: BTreeMap<String, HashSet<EntityUid>> = BTreeMap::new();
        for permission in permissions {
            let id = self.action(permission.as_str());
            let (resource, _) = permission.as_str().split_once('.').unwrap();
            for pattern in [Pattern::All, Pattern::Resource(resource.to_owned())] {
                held.entry(pattern.to_string()).or_default().insert(id.clone());
            }
            held.entry(permission.to_string()).or_default();
        }
        held.into_iter().map(|(name, parents)| Entity::new_no_attrs(self.action(&name), parents)).collect()
    }

    fn user(&self, user: UserId, memberships: &BTreeMap<OrganizationId, MemberFact>) -> Entity {
        let tags =
            memberships.iter().map(|(organization, it)| (organization.to_string(), self.membership(*organization, it)));
        Entity::new_with_tags(uid(&self.user, user.to_string()), [], [], tags).unwrap()
    }

    fn membership(&self, organization: OrganizationId, member: &MemberFact) -> RestrictedExpression {
        let role = RestrictedExpression::new_entity_uid(self.role_uid(organization, member.role.as_str()));
        let fields = [
            ("role".to_owned(), role),
            ("allowed".to_owned(), self.granted(&member.grants, Effect::Allow)),
            ("denied".to_owned(), self.granted(&member.grants, Effect::Deny)),
        ];
        RestrictedExpression::new_record(fields).unwrap()
    }

    fn granted(&self, grants: &[GrantFact], effect: Effect) -> RestrictedExpression {
        let wanted = grants.iter().filter(|it| it.effect == effect && is_live(it));
        RestrictedExpression::new_set(
            wanted.map(|it| RestrictedExpression::new_entity_uid(self.action(it.permission.as_str()))),
        )
    }
}

fn uid(kind: &EntityTypeName, id: String) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}
