"""Certificates that this site's authority issued, and what became of them. Keys are files, never rows."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Authority(models.Model):
    """The issuing authority of this site, and through its parent the root, as the ceremony made them."""

    name = models.CharField(_("name"), max_length=40)
    serial = models.CharField(_("serial number"), max_length=48, unique=True)
    title = models.CharField(_("title"), max_length=200)
    not_before = models.DateTimeField(_("valid from"))
    not_after = models.DateTimeField(_("valid until"))
    der = models.BinaryField(_("certificate"))

    class Meta:
        verbose_name = _("authority")
        verbose_name_plural = _("authorities")

    def __str__(self) -> str:
        return self.title


class Certificate(models.Model):
    """A certificate of this site's authority."""

    class Profile(models.TextChoices):
        SEAL = "seal", _("organisation seal")
        ZONE = "zone", _("zone")
        TIMESTAMP = "timestamp", _("timestamp service")
        PERSON_SIGNATURE = "person-signature", _("person, signing")
        PERSON_ENCRYPTION = "person-encryption", _("person, encryption")
        SERVER = "server", _("server certificate")
        DEVICE = "device", _("device certificate")
        OCSP = "ocsp", _("OCSP responder")
        ATTRIBUTES = "attribute-authority", _("attribute authority")
        RECIPIENT = "recipient", _("organisation, encryption")

    class Reason(models.TextChoices):
        UNSPECIFIED = "unspecified", _("not stated")
        COMPROMISED = "keyCompromise", _("the key is no longer secret")
        CHANGED = "affiliationChanged", _("the holder's name or organisation changed")
        SUPERSEDED = "superseded", _("replaced by a new certificate")
        CEASED = "cessationOfOperation", _("no longer needed")

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="certificates")
    serial = models.CharField(_("serial number"), max_length=48, unique=True)
    profile = models.CharField(_("profile"), max_length=20, choices=Profile)
    subject_code = models.CharField(_("holder's code"), max_length=120)
    subject_name = models.CharField(_("holder's name"), max_length=200)
    not_before = models.DateTimeField(_("valid from"))
    not_after = models.DateTimeField(_("valid until"))
    der = models.BinaryField(_("certificate"))
    names = models.JSONField(_("DNS names"), default=list, blank=True)
    key_digest = models.CharField(_("digest of the public key"), max_length=64, blank=True, db_index=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replacements")
    issued_at = models.DateTimeField(_("issued at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revocation_reason = models.CharField(_("reason"), max_length=30, choices=Reason, blank=True)
    # The part of the revocation list that the certificate itself names; 0: the complete list, or none.
    shard = models.PositiveSmallIntegerField(_("part of the revocation list"), default=0)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.CheckConstraint(condition=Q(not_after__gt=F("not_before")), name="pki_valid_for_a_while"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revocation_reason="")
                | Q(revoked_at__isnull=False) & ~Q(revocation_reason=""),
                name="pki_revoked_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["profile", "subject_code", "-not_after"], name="pki_current_certificate"),
            models.Index(fields=["not_after"], name="pki_ends"),
            models.Index(fields=["revoked_at"], name="pki_revoked", condition=Q(revoked_at__isnull=False)),
            models.Index(fields=["shard", "revoked_at"], name="pki_shard", condition=Q(shard__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.subject_name} {self.serial}"


class ForeignRevocation(models.Model):
    """A certificate that another zone's authority revoked."""

    authority = models.CharField(_("authority"), max_length=48)
    serial = models.CharField(_("serial number"), max_length=48)
    revoked_at = models.DateTimeField(_("revoked at"))
    reason = models.CharField(_("reason"), max_length=30)

    class Meta:
        verbose_name = _("revocation by another zone")
        verbose_name_plural = _("revocations by other zones")
        constraints = [models.UniqueConstraint(fields=["serial", "authority"], name="pki_foreign_revocation_once")]

    def __str__(self) -> str:
        return self.serial


class Enrolment(models.Model):
    """Somebody's wish for a certificate over a key of their own (a CSR), and what a second officer decided."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for a second officer")
        APPROVED = "approved", _("certificate issued")
        REFUSED = "refused", _("certificate refused")

    profile = models.CharField(_("profile"), max_length=20, choices=Certificate.Profile)
    subject_code = models.CharField(_("holder's code"), max_length=120)
    subject_name = models.CharField(_("holder's name"), max_length=200)
    names = models.JSONField(_("DNS names"), default=list, blank=True)
    csr = models.BinaryField(_("certificate request"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    requested_by = models.CharField(_("requested by"), max_length=120)
    requester_name = models.CharField(_("requester's name"), max_length=200)
    requested_at = models.DateTimeField(_("requested at"))
    decided_by = models.CharField(_("decided by"), max_length=120, blank=True)
    decider_name = models.CharField(_("decider's name"), max_length=200, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason of the refusal"), max_length=500, blank=True)
    certificate = models.OneToOneField(Certificate, models.PROTECT, null=True, blank=True, related_name="enrolment")

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="approved", certificate__isnull=False)
                | ~Q(state="approved") & Q(certificate__isnull=True),
                name="pki_approved_with_certificate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_name} {self.profile}"


class Fleet(models.Model):
    """Many requests that were brought together, and what became of each.

    `answers` has a pair for each: the file, and the serial number of its certificate or, in words, why it has none;
    `issued` of them, the first ones, are serial numbers.
    """

    slug = models.CharField(max_length=16, unique=True)
    profile = models.CharField(_("profile"), max_length=20, choices=Certificate.Profile)
    subject_code = models.CharField(_("holder's code"), max_length=120)
    subject_name = models.CharField(_("holder's name"), max_length=200)
    requested_by = models.CharField(_("requested by"), max_length=120)
    requester_name = models.CharField(_("requester's name"), max_length=200)
    requested_at = models.DateTimeField(_("requested at"))
    issued = models.PositiveIntegerField(_("certificates issued"))
    answers = models.JSONField(_("answers to the requests"))

    class Meta:
        verbose_name = _("requests brought together")
        verbose_name_plural = _("requests brought together")

    def __str__(self) -> str:
        return f"{self.subject_name} {self.slug}"


class RecoveryOfficer(models.Model):
    """Somebody who keeps shares of laid-down keys: offered by themselves, confirmed by another."""

    actor = models.CharField(_("recovery officer"), max_length=120)
    name = models.CharField(_("officer's name"), max_length=200)
    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="+")
    offered_at = models.DateTimeField(_("offered at"))
    confirmed_by = models.CharField(_("confirmed by"), max_length=120, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    dismissed_at = models.DateTimeField(_("dismissed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("recovery officer")
        verbose_name_plural = _("recovery officers")
        constraints = [
            models.UniqueConstraint(
                fields=["actor"], condition=Q(dismissed_at__isnull=True), name="pki_one_standing_officer"
            ),
            models.CheckConstraint(condition=~Q(confirmed_by=F("actor")), name="pki_officer_confirmed_by_another"),
        ]

    def __str__(self) -> str:
        return self.name


class Escrow(models.Model):
    """A holder's key for decryption, laid down so that `threshold` officers together can bring it back."""

    key_digest = models.CharField(_("digest of the public key"), max_length=64, unique=True)
    content = models.BinaryField(_("key, encrypted"))
    threshold = models.PositiveSmallIntegerField(_("officers needed"))
    created_at = models.DateTimeField(_("laid down at"))

    class Meta:
        verbose_name = _("laid-down key")
        verbose_name_plural = _("laid-down keys")
        constraints = [models.CheckConstraint(condition=Q(threshold__gte=2), name="pki_escrow_takes_two")]

    def __str__(self) -> str:
        return self.key_digest


class EscrowShare(models.Model):
    """One officer's share of a laid-down key, enclosed for their certificate. `digest` is of the share itself."""

    escrow = models.ForeignKey(Escrow, models.CASCADE, related_name="shares")
    officer = models.ForeignKey(RecoveryOfficer, models.PROTECT, related_name="shares")
    sealed = models.BinaryField(_("share, enclosed for the officer"))
    digest = models.CharField(_("digest of the share"), max_length=64)

    class Meta:
        verbose_name = _("share of a key")
        verbose_name_plural = _("shares of keys")
        constraints = [models.UniqueConstraint(fields=["escrow", "officer"], name="pki_one_share_an_officer")]

    def __str__(self) -> str:
        return f"{self.officer} {self.escrow}"


class Recovery(models.Model):
    """Somebody's wish to have a laid-down key back, while officers hand in their shares."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for recovery officers")
        COLLECTED = "collected", _("key handed over")
        WITHDRAWN = "withdrawn", _("recovery withdrawn")

    escrow = models.ForeignKey(Escrow, models.PROTECT, related_name="recoveries")
    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="recoveries")
    reason = models.CharField(_("reason of the recovery"), max_length=500)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    requested_by = models.CharField(_("requested by"), max_length=120)
    requester_name = models.CharField(_("requester's name"), max_length=200)
    requested_at = models.DateTimeField(_("requested at"))
    expires_at = models.DateTimeField(_("open until"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("key recovery")
        verbose_name_plural = _("key recoveries")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True) | ~Q(state="waiting") & Q(ended_at__isnull=False),
                name="pki_recovery_ended_iff_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.certificate} {self.state}"


class RecoveryApproval(models.Model):
    """One officer's share, handed in; hidden under the site's passphrase, and wiped when the recovery is over."""

    recovery = models.ForeignKey(Recovery, models.CASCADE, related_name="approvals")
    officer = models.ForeignKey(RecoveryOfficer, models.PROTECT, related_name="+")
    share = models.BinaryField(_("share, hidden"), blank=True)
    given_at = models.DateTimeField(_("handed in at"))

    class Meta:
        verbose_name = _("approval of a recovery")
        verbose_name_plural = _("approvals of recoveries")
        constraints = [models.UniqueConstraint(fields=["recovery", "officer"], name="pki_one_approval_an_officer")]

    def __str__(self) -> str:
        return f"{self.officer} {self.recovery}"


class AcmeKey(models.Model):
    """Leave for a holder's servers to enrol by themselves: the external account binding (RFC 8555 section 7.3.4).

    Its secret is derived from the site's passphrase and stands nowhere.
    """

    kid = models.CharField(_("key identifier"), max_length=40, unique=True)
    code = models.CharField(_("holder's code"), max_length=120)
    name = models.CharField(_("holder's name"), max_length=64)
    trees = models.JSONField(_("DNS trees"), default=list)
    created_by = models.CharField(_("created by"), max_length=120)
    created_at = models.DateTimeField(_("created at"))
    withdrawn_at = models.DateTimeField(_("leave withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("ACME key")
        verbose_name_plural = _("ACME keys")

    def __str__(self) -> str:
        return f"{self.name} {self.kid}"


class AcmeAccount(models.Model):
    """An account of an ACME client. `jwk` is its public key and nothing else."""

    slug = models.CharField(max_length=24, unique=True)
    key = models.ForeignKey(AcmeKey, models.PROTECT, related_name="accounts")
    jwk = models.JSONField()
    thumbprint = models.CharField(max_length=43, unique=True)
    contact = models.JSONField(default=list)
    status = models.CharField(max_length=12, default="valid")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("ACME account")
        verbose_name_plural = _("ACME accounts")

    def __str__(self) -> str:
        return self.slug


class AcmeOrder(models.Model):
    """A wish for one certificate over `names`; the statuses are those of RFC 8555 section 7.1.6."""

    slug = models.CharField(max_length=24, unique=True)
    account = models.ForeignKey(AcmeAccount, models.PROTECT, related_name="orders")
    names = models.JSONField()
    status = models.CharField(max_length=12, default="pending")
    error = models.JSONField(null=True, blank=True)
    replaces = models.ForeignKey(Certificate, models.PROTECT, null=True, blank=True, related_name="+")
    certificate = models.OneToOneField(Certificate, models.PROTECT, null=True, blank=True, related_name="acme_order")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("ACME order")
        verbose_name_plural = _("ACME orders")

    def __str__(self) -> str:
        return self.slug


class AcmeAuthorization(models.Model):
    """Whether the account proved to hold one name of an order. One token serves all its challenges."""

    slug = models.CharField(max_length=24, unique=True)
    order = models.ForeignKey(AcmeOrder, models.CASCADE, related_name="authorizations")
    name = models.CharField(max_length=253)
    wildcard = models.BooleanField(default=False)
    status = models.CharField(max_length=12, default="pending")
    token = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("ACME authorization")
        verbose_name_plural = _("ACME authorizations")

    def __str__(self) -> str:
        return f"{self.name} {self.status}"


class AcmeChallenge(models.Model):
    """One way to prove a name: http-01 or dns-01."""

    slug = models.CharField(max_length=24, unique=True)
    authorization = models.ForeignKey(AcmeAuthorization, models.CASCADE, related_name="challenges")
    kind = models.CharField(max_length=12)
    status = models.CharField(max_length=12, default="pending")
    error = models.JSONField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    validated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("ACME challenge")
        verbose_name_plural = _("ACME challenges")

    def __str__(self) -> str:
        return f"{self.kind} {self.status}"


class AcmeNonce(models.Model):
    """A nonce that was used. Unused ones stand nowhere: they carry their own proof."""

    value = models.CharField(max_length=80, unique=True)
    used_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("used ACME nonce")
        verbose_name_plural = _("used ACME nonces")

    def __str__(self) -> str:
        return self.value
