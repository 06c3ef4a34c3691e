"""How text becomes tokens, how a question is understood, and how well a document answers it: plain arithmetic."""

from quancheng.support.search.rules.asking import (
    Group,
    Question,
    Synonyms,
    ill_formed,
    read_synonyms,
    understand,
)
from quancheng.support.search.rules.folding import LONGEST_QUESTION, fold, shield, tidy
from quancheng.support.search.rules.scoring import Scored, distance, excerpt, mark, rank
from quancheng.support.search.rules.tokens import initials, sound, tokens_of_text, tokens_of_title, vocabulary

__all__ = [
    "LONGEST_QUESTION",
    "Group",
    "Question",
    "Scored",
    "Synonyms",
    "distance",
    "excerpt",
    "fold",
    "ill_formed",
    "initials",
    "mark",
    "rank",
    "read_synonyms",
    "shield",
    "sound",
    "tidy",
    "tokens_of_text",
    "tokens_of_title",
    "understand",
    "vocabulary",
]
