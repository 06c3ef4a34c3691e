"""The directory over SCIM 2.0."""
