"""What the directory looks like in SCIM 2.0 (RFC 7643): people as Users, organisations as Groups."""

from typing import Any, Final

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Email,
    EnterpriseUser,
    ETag,
    Filter,
    Group,
    GroupMember,
    Meta,
    Name,
    Patch,
    Reference,
    ResourceType,
    Role,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    User,
)

from quancheng.security.identity.queries import scim

# Most that are sent at once, and most that a filter is tried on.
PAGE, MOST = 100, 5000
Member = User[EnterpriseUser]
PROVIDER: Final = ScimProvider(
    models=[User, EnterpriseUser, Group],
    resource_types=[ResourceType.from_resource(Member), ResourceType.from_resource(Group)],
)


def config(home: str) -> ServiceProviderConfig:
    """Return what this service can do: be read, filtered, sorted and paged (RFC 7643 section 5)."""
    return ServiceProviderConfig(
        patch=Patch(supported=False),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=False),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="OAuth 2.0",
                description="client_credentials, scope identity.directory.read",
                primary=True,
            )
        ],
        meta=Meta(resource_type="ServiceProviderConfig", location=f"{home}/ServiceProviderConfig"),
    )


def user(person: scim.Person, home: str) -> Any:
    """Return a person; where several posts are held, the one held longest names title and department."""
    first = person.services[0] if person.services else None
    found = Member(
        id=str(person.id),
        user_name=person.username,
        name=Name(formatted=person.name),
        display_name=person.name,
        active=person.active,
        title=first.post if first else None,
        emails=[Email(value=person.email, primary=True)] if person.email else None,
        roles=[Role(value=code, display=title) for item in person.services for code, title in item.roles] or None,
        meta=Meta(resource_type="User", created=person.created_at, location=f"{home}/Users/{person.id}"),
    )
    if first:
        found[EnterpriseUser] = EnterpriseUser(department=first.organisation, organization=first.code)
    return found


def group(office: scim.Office, home: str) -> Group:
    """Return an organisation with those who serve directly in it."""
    return Group(
        id=office.code,
        display_name=office.name,
        members=[
            GroupMember(value=key, display=name, ref=Reference(f"{home}/Users/{key}"), type="User")
            for key, name in office.members
        ]
        or None,
        meta=Meta(resource_type="Group", location=f"{home}/Groups/{office.code}"),
    )
