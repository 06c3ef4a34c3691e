"""SAML 2.0 (OASIS, 2005) as an identity provider speaks it: plain functions over XML, without site and database."""
