"""The PKI on the web: authorities, revocation lists and timestamps for everybody, certificates for the staff."""
