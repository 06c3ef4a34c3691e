"""Addresses below /api/identity/: SCIM 2.0, to be read only."""

from django.urls import path

from quancheng.security.identity.api import views

app_name = "identity-api"
urlpatterns = [
    path("scim/v2/ServiceProviderConfig", views.ScimConfig.as_view(), name="scim-config"),
    path("scim/v2/ResourceTypes", views.ScimTypes.as_view(), name="scim-types"),
    path("scim/v2/ResourceTypes/<str:name>", views.ScimType.as_view(), name="scim-type"),
    path("scim/v2/Schemas", views.ScimSchemas.as_view(), name="scim-schemas"),
    path("scim/v2/Schemas/<str:name>", views.ScimSchema.as_view(), name="scim-schema"),
    path("scim/v2/Users", views.ScimUsers.as_view(), name="scim-users"),
    path("scim/v2/Users/<str:account_id>", views.ScimUser.as_view(), name="scim-user"),
    path("scim/v2/Groups", views.ScimGroups.as_view(), name="scim-groups"),
    path("scim/v2/Groups/<str:code>", views.ScimGroup.as_view(), name="scim-group"),
    path("scim/v2/<path:rest>", views.ScimNothing.as_view(), name="scim-nothing"),
]
