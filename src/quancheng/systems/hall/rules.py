"""What the hall decides on plain values: numbers, questions, materials, search, and how reports are folded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from quancheng.support.feel import public as feel

MAXIMUM_SERIAL = 999_999

OPEN_STATES = frozenset({"lodged", "received", "correction", "accepted", "reviewing"})
"""States in which the applicant may still withdraw: nothing has been decided."""

FINAL_STATES = frozenset({"issued", "refused", "withdrawn"})

MATERIAL_TYPES = {
    "application/pdf": "PDF",
    "image/jpeg": "JPG",
    "image/png": "PNG",
}

EVERYDAY_WORDS = {
    "饭店": "餐饮店",
    "饭馆": "餐饮店",
    "餐馆": "餐饮店",
    "餐厅": "餐饮店",
    "小吃店": "餐饮店",
    "奶茶店": "餐饮店",
    "咖啡店": "餐饮店",
    "做生意": "个体工商户",
    "小店": "个体工商户",
    "招牌": "店招",
    "门头": "店招",
    "开店": "开办",
    "理发店": "公共场所卫生",
    "宾馆": "公共场所卫生",
    "中介": "人力资源服务",
    "占道": "占用城市道路",
}
"""What people say, and what services call it; a service can add its own words in its guide."""

FILLERS = ("需要什么", "我想", "我要", "怎么", "如何", "哪里", "一个", "一家", "个", "家")
"""Words around the thing that is asked for."""

MATERIAL_SIZE = 20 * 1024 * 1024
"""Largest accepted file, in bytes; documents may refuse earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """One material that this applicant has to bring. `from_registry`: the office fetches it, nothing is uploaded."""

    code: str
    title: str
    copies: int = 1
    source: str = ""
    basis: str = ""
    note: str = ""
    required: bool = True
    from_registry: bool = False


def number(*, day: date, serial: int) -> str:
    """Return the public number, like JN20261123-000123. :raises ValueError: if the serial leaves 1 … 999999."""
    if not 1 <= serial <= MAXIMUM_SERIAL:
        raise ValueError(f"serial {serial} is outside 1..{MAXIMUM_SERIAL}")
    return f"JN{day:%Y%m%d}-{serial:06d}"


def holds(condition: str | None, *, answers: Mapping[str, Any], form: Mapping[str, Any] | None = None) -> bool:
    """Test a FEEL condition against the answers and the form; an empty condition holds, an unknown one does not.

    Names are looked up among the answers first, then among the form's fields; `answers` and `form` give each whole.
    """
    if not condition or not condition.strip():
        return True
    values = dict(form or {})
    context = {**values, **answers, "answers": dict(answers), "form": values}
    return feel.evaluate(condition.lstrip("= "), context) is True


def shown_questions(
    questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]
) -> tuple[Mapping[str, Any], ...]:
    """Return the questions that concern somebody who gave these answers, in order."""
    known: dict[str, Any] = {}
    shown = []
    for question in questions:
        # Each condition sees only what was asked before it, so that no answer can hide its own question.
        if holds(question.get("shown_when"), answers=known):
            shown.append(question)
            if valid_answer(question, answers.get(question["key"])):
                known[question["key"]] = answers[question["key"]]
    return tuple(shown)


def valid_answer(question: Mapping[str, Any], value: Any) -> bool:
    """Test whether the value is one of the question's options."""
    return value is not None and any(option["value"] == value for option in question.get("options", ()))


def kept_answers(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return only the answers that were asked for and are among the options."""
    return {
        question["key"]: answers[question["key"]]
        for question in shown_questions(questions, answers)
        if valid_answer(question, answers.get(question["key"]))
    }


def next_question(
    questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]
) -> tuple[int, Mapping[str, Any]] | None:
    """Return the position (from 1) and the first question without a valid answer, or None when all are answered."""
    for position, question in enumerate(shown_questions(questions, answers), start=1):
        if not valid_answer(question, answers.get(question["key"])):
            return position, question
    return None


def needed_materials(
    materials: Iterable[Mapping[str, Any]], *, answers: Mapping[str, Any], form: Mapping[str, Any] | None = None
) -> tuple[Needed, ...]:
    """Return exactly the materials that this applicant needs; conditions are FEEL over answers and form."""
    return tuple(_needed(item) for item in materials if holds(item.get("required_when"), answers=answers, form=form))


def all_materials(materials: Iterable[Mapping[str, Any]]) -> tuple[Needed, ...]:
    """Return every material that somebody may need; those that not everybody does are not `required`."""
    return tuple(
        replace(_needed(item), required=not (item.get("optional") or item.get("required_when"))) for item in materials
    )


def _needed(item: Mapping[str, Any]) -> Needed:
    return Needed(
        code=item["code"],
        title=item["title"],
        copies=int(item.get("copies") or 1),
        source=item.get("source") or "",
        basis=item.get("basis") or "",
        note=item.get("note") or "",
        required=not item.get("optional", False),
        from_registry=bool(item.get("from_registry", False)),
    )


def missing_materials(needed: Iterable[Needed], held: Iterable[str]) -> tuple[Needed, ...]:
    """Return what must still be uploaded when files for the codes in `held` are there."""
    present = set(held)
    return tuple(item for item in needed if item.required and not item.from_registry and item.code not in present)


def match_score(query: str, *, title: str, summary: str, words: Iterable[str] = ()) -> float:
    """Return how well a service answers a query, 0 (not at all) … 1 (the title holds the whole query).

    Names that people use for the service (`words`) count like its title; everyday words are also tried in the
    language of the offices.
    """
    wanted = "".join(query.lower().split())
    if not wanted:
        return 1.0
    names = [title.lower(), *(word.lower() for word in words)]
    official = wanted
    for filler in FILLERS:
        official = official.replace(filler, "")
    for said, called in EVERYDAY_WORDS.items():
        official = official.replace(said, called)
    return max(_score(text, names, summary.lower()) for text in {wanted, official} if text)


def _score(wanted: str, names: Sequence[str], summary: str) -> float:
    if any(wanted in name for name in names):
        return 1.0
    if any(name and name in wanted for name in names):
        return 0.9
    # Chinese has no spaces, so pairs of neighbouring characters are compared.
    pairs = {wanted[index : index + 2] for index in range(max(len(wanted) - 1, 1))}
    in_names = sum(any(pair in name for name in names) for pair in pairs) / len(pairs)
    in_summary = sum(pair in summary for pair in pairs) / len(pairs)
    return max(0.8 * in_names, 0.5 * in_summary)


def is_newer(*, sequence: int, known: int) -> bool:
    """Test whether a report moves the matter on; reports may arrive late or twice, they never move it back."""
    return sequence > known


def fields(form: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the components of a form-js schema that hold a value, groups opened."""
    found: list[Mapping[str, Any]] = []
    for component in form.get("components") or ():
        if component.get("type") == "dynamiclist":
            # One value, a list of rows, whatever stands in a row.
            found.append({**component, "key": component.get("key") or component.get("path")})
        elif component.get("components") is not None:
            found.extend(fields(component))
        elif component.get("key"):
            found.append(component)
    return tuple(found)


def catalogue_items(form: Mapping[str, Any]) -> dict[str, str]:
    """Return, by field key, the catalogue item that prefills the field."""
    named = {item["key"]: (item.get("properties") or {}).get("catalogue") for item in fields(form)}
    return {key: item for key, item in named.items() if item}


def part_of(component: Mapping[str, Any], key: str) -> bool:
    """Test whether a field is, or is a part of (district, street, line of an address), a component with a value."""
    own = component["key"]
    return key == own or (component.get("type") == "address" and key.startswith(f"{own}_"))


def draft_expires(*, on: date, days: int) -> date:
    """Return the first day on which a draft last changed on `on` is no longer kept."""
    return on + timedelta(days=days)


def asked_codes(items: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the field keys and the material codes that a request for correction names."""
    listed = tuple(items)
    return (
        tuple(item["field"] for item in listed if item.get("field")),
        tuple(item["material"] for item in listed if item.get("material")),
    )
