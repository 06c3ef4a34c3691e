"""Settings of the login, read by settings.py: allauth with our own account model, forms and texts."""

import os

AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email", "mobile")},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "quancheng.security.identity.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "signup": "quancheng.security.identity.web.forms.SignUp",
    "login": "quancheng.security.identity.web.forms.SignIn",
}
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
# The lock-out after wrong passwords; counted in the shared cache, so it holds across processes.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/m/ip,5/15m/key",
    "signup": "10/h/ip",
    "certificate": "30/m/ip",
}
MFA_ADAPTER = "quancheng.security.identity.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # a person is proven by identity number here; e-mail is optional
MFA_TOTP_ISSUER = "泉城政务"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = os.environ.get("QC_DEBUG") == "1"
# How many proxies stand in front (nginx: 1); the address of a visitor is read behind them for the rate limits.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("QC_PROXIES", "0"))
# Departments' systems sign people in here with OpenID Connect (docs/guide-oidc.md).
IDP_OIDC_ADAPTER = "quancheng.security.identity.web.claims.OidcAdapter"
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 8 * 3600  # as long as a session here
