"""The front door of eforms: load a form, bind it, show it, read it; and the checks of identifiers."""

from quancheng.support.eforms.engine.binding import Bound, Form
from quancheng.support.eforms.engine.binding import load_form as load
from quancheng.support.eforms.engine.checking import Finding, check
from quancheng.support.eforms.engine.choices import choices, provides_choices
from quancheng.support.eforms.engine.hooks import checks_files, is_working_day, judges_working_days
from quancheng.support.eforms.engine.paper import as_paper
from quancheng.support.eforms.engine.reading import TYPES
from quancheng.support.eforms.engine.rendering import render
from quancheng.support.eforms.engine.schema import BadForm, Field, Group, Option, Page, Text
from quancheng.support.eforms.engine.summary import Row, Section, as_summary, sections
from quancheng.support.eforms.rules import (
    PROVINCE_NAMES,
    Fault,
    Identity,
    bank_account_fault,
    bank_card_fault,
    division_fault,
    identity,
    identity_check_digit,
    identity_fault,
    masked,
    mobile_fault,
    money_fault,
    money_in_words,
    postcode_fault,
    tidy,
    uscc_check_character,
    uscc_fault,
)

__all__ = [
    "PROVINCE_NAMES",
    "TYPES",
    "BadForm",
    "Bound",
    "Fault",
    "Field",
    "Finding",
    "Form",
    "Group",
    "Identity",
    "Option",
    "Page",
    "Row",
    "Section",
    "Text",
    "as_paper",
    "as_summary",
    "bank_account_fault",
    "bank_card_fault",
    "check",
    "checks_files",
    "choices",
    "division_fault",
    "identity",
    "identity_check_digit",
    "identity_fault",
    "is_working_day",
    "judges_working_days",
    "load",
    "masked",
    "mobile_fault",
    "money_fault",
    "money_in_words",
    "postcode_fault",
    "provides_choices",
    "render",
    "sections",
    "tidy",
    "uscc_check_character",
    "uscc_fault",
]
