"""The ACME server (RFC 8555, renewal information of RFC 9773) over HTTP."""
