"""Organisations with their history, posts, people, appointments, and the accounts they sign in with."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.security.identity import rules


class Organisation(models.Model):
    """A body of the city or one of its parts. `path` is the codes from the root joined by "/", ending in "/"."""

    class Kind(models.TextChoices):
        GOVERNMENT = "GOVERNMENT", _("People's government")
        DEPARTMENT = "DEPARTMENT", _("Department")
        DISTRICT = "DISTRICT", _("District or county")
        OFFICE = "OFFICE", _("Office")
        UNIT = "UNIT", _("Enterprise or institution")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(_("path"), max_length=400, unique=True)
    rank = models.PositiveSmallIntegerField(_("order of precedence"), default=0)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("path",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="identity_organisation_period"
            ),
            models.CheckConstraint(condition=Q(path__endswith="/"), name="identity_organisation_path_closed"),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationName(models.Model):
    """A name an organisation carried from `valid_from` until the next one began."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="names")
    name = models.CharField(_("name"), max_length=120)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("name of an organisation")
        verbose_name_plural = _("names of organisations")
        ordering = ("organisation", "valid_from")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "valid_from"], name="identity_one_name_a_day"),
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A seat in an organisation. Privileges hang here, so that they stay when the person leaves."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    title = models.CharField(_("title"), max_length=60)
    roles = models.ManyToManyField("pmi.Role", blank=True, related_name="+")

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ("organisation__path", "title")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "title"], name="identity_one_post_a_title"),
        ]

    def __str__(self) -> str:
        return self.title


class Person(models.Model):
    """A natural person. The identity number (GB 11643) is empty for those who have not shown one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=60)
    identity_number = models.CharField(_("identity number"), max_length=18, blank=True)
    mobile = models.CharField(_("mobile number"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("name", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["identity_number"], condition=~Q(identity_number=""), name="identity_one_person_a_number"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AccountManager(BaseUserManager["Account"]):
    """Brings the person along, because every request asks for it."""

    def get_queryset(self) -> models.QuerySet[Account]:
        return super().get_queryset().select_related("person")

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> Account:
        """Create the first administrator, before anybody exists who could be asked for permission."""
        account = self.model(username=username, kind=Account.Kind.STAFF, is_superuser=True, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """What somebody signs in with. Citizens live in the extranet, staff in the intranet."""

    class Kind(models.TextChoices):
        STAFF = "staff", _("Staff")
        CITIZEN = "citizen", _("Citizen")

    class Assurance(models.IntegerChoices):
        """How well the person behind the account is known."""

        DECLARED = 1, _("Declared by the person")
        CHECKED = 2, _("Checked against a register")
        PRESENT = 3, _("Checked face to face")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="accounts")
    email = models.EmailField(_("e-mail address"), blank=True)
    mobile = models.CharField(_("mobile number"), max_length=20, blank=True)
    assurance = models.PositiveSmallIntegerField(_("assurance"), choices=Assurance, default=Assurance.DECLARED)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("created at"), default=timezone.now)

    objects = AccountManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ("username",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(kind="citizen"), name="identity_one_citizen_account_a_person"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def actor_id(self) -> str:
        return f"account:{self.pk}"

    @property
    def is_staff(self) -> bool:
        """Whether Django's own administration opens. It is for the system's keepers, not for every clerk."""
        return self.is_active and self.is_superuser and self.kind == self.Kind.STAFF

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Appointment(models.Model):
    """That an account holds a post, from the first day to the last, both included."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ("account", "valid_from", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account", "post"], condition=Q(valid_until=None), name="identity_one_open_appointment"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="identity_appointment_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.post}"


class Delegation(models.Model):
    """That the holder of a post lets a colleague act in it for a time, both days included."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    giver = models.ForeignKey(Account, models.PROTECT, related_name="delegations_given")
    deputy = models.ForeignKey(Account, models.PROTECT, related_name="delegations_held")
    post = models.ForeignKey(Post, models.PROTECT, related_name="delegations")
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    reason = models.CharField(_("reason"), max_length=200)
    ended_at = models.DateTimeField(_("ended early at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ("-valid_from", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(giver=F("deputy")), name="identity_delegation_to_another"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="identity_delegation_period"),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.deputy} · {self.post}"


class Session(models.Model):
    """A browser in which somebody is signed in. `key` is the key of Django's session, which it ends with."""

    class Assurance(models.IntegerChoices):
        """How surely somebody showed who they are (`rules.assurance`)."""

        NONE = 0, _("nothing shown")
        PASSWORD = rules.PASSWORD_LEVEL, _("password")
        TWO_FACTORS = rules.TWO_FACTOR_LEVEL, _("two factors")
        KEY = rules.KEY_LEVEL, _("passkey or certificate")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="sessions")
    assurance = models.PositiveSmallIntegerField(_("signed in with"), choices=Assurance, default=Assurance.NONE)
    key = models.CharField(_("key"), max_length=40, unique=True)
    address = models.CharField(_("address"), max_length=45)
    user_agent = models.CharField(_("device"), max_length=300, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    seen_at = models.DateTimeField(_("last seen at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("-seen_at",)

    def __str__(self) -> str:
        return f"{self.account} · {self.address}"
