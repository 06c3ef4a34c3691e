"""The index: generations of documents, their readers, their words; what changed, was asked in vain, means the same."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy


class Generation(models.Model):
    """One building of the index. Readers ask the live one; the next is built beside it and takes its place at once."""

    class State(models.TextChoices):
        BUILDING = "BUILDING", pgettext_lazy("search index", "being built")
        LIVE = "LIVE", pgettext_lazy("search index", "in use")
        RETIRED = "RETIRED", pgettext_lazy("search index", "replaced")

    state = models.CharField(pgettext_lazy("search", "state"), max_length=8, choices=State, default=State.BUILDING)
    kinds = models.JSONField(pgettext_lazy("search", "kinds"), default=list)
    started_at = models.DateTimeField(pgettext_lazy("search", "started at"))
    live_at = models.DateTimeField(pgettext_lazy("search", "in use since"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = (
            pgettext_lazy("search", "generation of the index"),
            pgettext_lazy("search", "generations of the index"),
        )
        ordering = ("-id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="LIVE"), name="search_one_live"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="BUILDING"), name="search_one_building"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.get_state_display()}"


class Audience(models.Model):
    """Who may read a document: everybody with a pass for one of its gates (`engine.gates`). Documents share it."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="audiences")
    digest = models.CharField(max_length=32)

    class Meta:
        verbose_name = pgettext_lazy("search", "audience")
        verbose_name_plural = pgettext_lazy("search", "audiences")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["generation", "digest"], name="search_one_audience"),
        ]

    def __str__(self) -> str:
        return self.digest


class Gate(models.Model):
    """One way to be of an audience."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="gates", db_index=False)
    gate = models.CharField(max_length=24)

    class Meta:
        verbose_name = pgettext_lazy("search", "gate")
        verbose_name_plural = pgettext_lazy("search", "gates")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["audience", "gate"], name="search_one_gate"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["gate", "audience"], name="search_by_gate")]

    def __str__(self) -> str:
        return self.gate


class Document(models.Model):
    """Something that can be found: what its facets say. Narrow, because counting reads thousands of them."""

    generation = models.ForeignKey(Generation, models.DO_NOTHING, db_index=False, related_name="documents")
    kind = models.CharField(pgettext_lazy("search", "kind"), max_length=60)
    key = models.CharField(pgettext_lazy("search", "key"), max_length=100)
    audience = models.ForeignKey(Audience, models.DO_NOTHING, db_index=False, related_name="+")
    department = models.CharField(pgettext_lazy("search", "department"), max_length=64, blank=True)
    state = models.CharField(pgettext_lazy("search", "state"), max_length=30, blank=True)
    day = models.DateField(pgettext_lazy("search", "date"), null=True)
    year = models.PositiveSmallIntegerField(pgettext_lazy("search", "year"), null=True)
    digest = models.CharField(max_length=32)

    class Meta:
        verbose_name = pgettext_lazy("search", "document")
        verbose_name_plural = pgettext_lazy("search", "documents")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["generation", "kind", "key"], name="search_one_document"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Body(models.Model):
    """What a document says: for showing, and as tokens for ranking it and for taking it out of the index again."""

    document = models.OneToOneField(Document, models.CASCADE, primary_key=True, related_name="body")
    title = models.CharField(pgettext_lazy("search", "title"), max_length=300)
    text = models.TextField(pgettext_lazy("search", "text"), blank=True)
    url = models.CharField(pgettext_lazy("search", "address"), max_length=400)
    names = models.TextField(pgettext_lazy("search", "tokens of the title"))
    words = models.TextField(pgettext_lazy("search", "tokens of the text"), blank=True)
    index = models.TextField(pgettext_lazy("search", "tokens of the index"))
    vocabulary = models.TextField(pgettext_lazy("search", "words of the title"), blank=True)
    length = models.PositiveIntegerField(pgettext_lazy("search", "length"))
    weight = models.FloatField(pgettext_lazy("search", "weight"), default=1.0)

    class Meta:
        verbose_name, verbose_name_plural = (
            pgettext_lazy("search", "body of a document"),
            pgettext_lazy("search", "bodies of documents"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def known(self) -> list[str]:
        """The words that the document brings to the vocabulary."""
        return self.vocabulary.split()


class Word(models.Model):
    """A word of titles, counted for each audience, so that nobody is offered a word they could not have read."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="words", db_index=False)
    text = models.CharField(pgettext_lazy("search", "word"), max_length=20, db_index=True)
    sound = models.CharField(pgettext_lazy("search", "sound"), max_length=120, db_index=True)
    initials = models.CharField(pgettext_lazy("search", "initials"), max_length=20, db_index=True)
    # The word backwards: how it ends is asked as often as how it begins, and no index looks at ends.
    mirror = models.CharField(pgettext_lazy("search", "word backwards"), max_length=20, db_index=True)
    count = models.PositiveIntegerField(pgettext_lazy("search", "documents"))

    class Meta:
        verbose_name = pgettext_lazy("search", "word")
        verbose_name_plural = pgettext_lazy("search", "words")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["audience", "text"], name="search_one_word"),
        ]

    def __str__(self) -> str:
        return self.text


class Touched(models.Model):
    """That something changed, written in the transaction that changed it. An empty key stands for all of a kind."""

    kind = models.CharField(pgettext_lazy("search", "kind"), max_length=60)
    key = models.CharField(pgettext_lazy("search", "key"), max_length=100, blank=True)
    # Kept while a generation is being built, which must learn of it before it takes over.
    is_done = models.BooleanField(pgettext_lazy("search", "done"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = (
            pgettext_lazy("search", "change to be indexed"),
            pgettext_lazy("search", "changes to be indexed"),
        )
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["is_done", "id"], name="search_touched_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Missed(models.Model):
    """What was asked in vain on a day, without who asked and without numbers of persons."""

    day = models.DateField(pgettext_lazy("search", "day"))
    text = models.CharField(pgettext_lazy("search", "question"), max_length=40)
    count = models.PositiveIntegerField(pgettext_lazy("search", "times"), default=1)

    class Meta:
        verbose_name, verbose_name_plural = (
            pgettext_lazy("search", "question without answer"),
            pgettext_lazy("search", "questions without answer"),
        )
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "text"], name="search_one_count_a_day"),
        ]

    def __str__(self) -> str:
        return self.text


class SynonymList(models.Model):
    """A version of the list of synonyms; the newest is in force, none is ever changed."""

    number = models.PositiveIntegerField(pgettext_lazy("search", "version"), unique=True)
    text = models.TextField(pgettext_lazy("search", "list"), max_length=60_000)
    note = models.CharField(pgettext_lazy("search", "why"), max_length=200, blank=True)
    changed_by = models.CharField(pgettext_lazy("search", "changed by"), max_length=200)
    changed_at = models.DateTimeField(pgettext_lazy("search", "changed at"))

    class Meta:
        verbose_name, verbose_name_plural = (
            pgettext_lazy("search", "list of synonyms"),
            pgettext_lazy("search", "lists of synonyms"),
        )
        ordering = ("-number",)

    def __str__(self) -> str:
        return str(self.number)
