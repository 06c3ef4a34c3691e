from django.utils.translation import gettext_noop, ngettext_lazy

# Sentences of Django's forms that every form of the city shows: our catalogue, which comes before Django's and those of
# the other packages, has the Chinese (some of them have none, some say it otherwise).
FORM_SENTENCES = (
    gettext_noop("This field is required."),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)
