"""Decisions of approvals on plain values: what may be published, who takes part, what was asked before, numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

# GB 32100-2015: the 31 characters of the unified social credit code, and their weights 3^(i-1) mod 31.
USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
# GB 11714-1997: the check character of the organisation code within it.
BODY_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BODY_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Part:
    """One department's share of a matter: `key` names its variable and its task, `when` (FEEL) says if it is needed.

    Where the law asks for no permit (`binding` false) the department advises: its "no" does not stop a grant.
    """

    key: str
    title: str
    department: str
    law: str
    article: str
    licence: str
    when: str = ""
    binding: bool = True


def parts(service: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return the shares of departments that the service item names, in its order."""
    names = ("key", "title", "department", "law", "article", "licence", "when", "binding")
    return tuple(Part(**{name: item[name] for name in names if name in item}) for item in service.get("part", ()))


def fields(form: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the components of a form-js schema that hold a value, groups opened."""
    found: list[Mapping[str, Any]] = []
    for component in form.get("components", ()):
        if component.get("components"):
            found.extend(fields(component))
        elif component.get("key"):
            found.append(component)
    return tuple(found)


def uncited(service: Mapping[str, Any], form: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what cites no law: such an item may not be published.

    Conditions and materials need `law`, fields of the form `properties.basis`. Source: Regulation on Improving the
    Business Environment, article 35 (no requirement without a basis).
    """
    missing = [item["text"] for item in service.get("condition", ()) if not item.get("law", "").strip()]
    missing += [item["title"] for item in service.get("material", ()) if not item.get("law", "").strip()]
    missing += [
        field.get("label") or field["key"]
        for field in fields(form)
        if not str(field.get("properties", {}).get("basis", "")).strip()
    ]
    if not any(item.get("law", "").strip() for item in service.get("basis", ())):
        missing.insert(0, service["title"])
    return tuple(missing)


def doubts(
    service: Mapping[str, Any], form: Mapping[str, Any], unverified: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return what remains to be checked before the item may be relied on: (law or entry, why).

    `unverified` holds laws whose text could not be read, by title; an entry says in `doubt` what its law leaves open.
    """
    entries = [item for group in ("condition", "material", "part") for item in service.get(group, ())]
    laws = [item.get("law", "") for item in [*service.get("basis", ()), *entries]]
    bases = [str(field.get("properties", {}).get("basis", "")) for field in fields(form)]
    found = [
        (f"《{law}》", why) for law, why in unverified.items() if law in laws or any(law in text for text in bases)
    ]
    found += [(item.get("title") or item["text"], item["doubt"]) for item in entries if item.get("doubt")]
    return tuple(found)


def citation(item: Mapping[str, Any]) -> str:
    """Return how a Chinese text cites `law` and `article`, e.g. 《…法》第三十五条."""
    return f"《{item['law']}》{item.get('article', '')}"


def repeated_demands(
    *, items: Sequence[Mapping[str, str]], present: Iterable[str], asked: Iterable[str], changed: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the codes in a later request that break "once and for everything".

    `present` were there in the first round (materials handed in, fields filled), `asked` were requested then, `changed`
    were handed in anew since. Asking about something that was already there and unchanged should have happened in the
    first round. Source: Administrative Licensing Law, articles 32 (4) and 72 (4).
    """
    seen, first, anew = set(present), set(asked), set(changed)
    codes = [item.get("material") or item.get("field") or "" for item in items]
    return tuple(code for code in codes if code in seen and code not in first and code not in anew)


def may_decide(*, accepted_by: str, decider: str) -> bool:
    """Test the separation of duties: who accepted an application does not decide it."""
    return not accepted_by or accepted_by != decider


def can_be_granted(verdicts: Iterable[str]) -> bool:
    """Test whether a grant is open: no department whose permit the law asks for said no."""
    return "UNFAVOURABLE" not in set(verdicts)


def uscc(*, kind: str, division: str, sequence: int) -> str:
    """Return the unified social credit code (18 characters, GB 32100-2015) of a newly registered market entity.

    `kind` "individual" gives category 92, anything else 91; `division` is the six-digit division code (GB/T 2260) of
    the registering office; `sequence` counts registrations from 1 and must stay below 31^5.

    :raises ValueError: for a division that is not six digits, or a sequence out of range.
    """
    if len(division) != 6 or not division.isdigit():
        raise ValueError(division)
    if not 0 < sequence < len(USCC_ALPHABET) ** 5:
        raise ValueError(sequence)
    serial = ""
    for _ in range(5):
        sequence, digit = divmod(sequence, len(USCC_ALPHABET))
        serial = USCC_ALPHABET[digit] + serial
    body = "MAQ" + serial
    code = ("92" if kind == "individual" else "91") + division + body + _body_check(body)
    return code + _uscc_check(code)


def _body_check(body: str) -> str:
    rest = 11 - sum(BODY_ALPHABET.index(char) * weight for char, weight in zip(body, BODY_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def _uscc_check(code: str) -> str:
    total = sum(USCC_ALPHABET.index(char) * weight for char, weight in zip(code, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def food_permit_number(*, division: str, sequence: int) -> str:
    """Return a food permit number: JY, form of business (2 = catering), division, six-digit sequence, check digit.

    Source: Measures for Food Operation Permits and Filing; the check digit is ISO 7064 MOD 11,10 (GB/T 17710).

    :raises ValueError: for a division that is not six digits, or a sequence out of range.
    """
    if len(division) != 6 or not division.isdigit():
        raise ValueError(division)
    if not 0 < sequence <= 999_999:
        raise ValueError(sequence)
    digits = f"2{division}{sequence:06d}"
    return f"JY{digits}{mod_11_10(digits)}"


def mod_11_10(digits: str) -> str:
    """Return the check digit of `digits` by the hybrid system MOD 11,10 of ISO/IEC 7064."""
    rest = 10
    for char in digits:
        rest = (rest + int(char)) % 10 or 10
        rest = rest * 2 % 11
    return str((11 - rest) % 10)


def document_number(*, prefix: str, year: int, sequence: int) -> str:
    """Return a Chinese document number, e.g. 济消安检字〔2026〕第0001号."""
    return f"{prefix}〔{year}〕第{sequence:04d}号"


def valid_until(*, issued_on: date, years: int) -> date | None:
    """Return the last day of a licence of `years` years: the day before the anniversary; None when it does not end."""
    if not years:
        return None
    try:
        anniversary = issued_on.replace(year=issued_on.year + years)
    except ValueError:
        anniversary = date(issued_on.year + years, 3, 1)
    return date.fromordinal(anniversary.toordinal() - 1)


def masked(number: str) -> str:
    """Return a number with its middle hidden: 3701**********0024, 138****0001; short ones keep one character."""
    head = 4 if len(number) >= 15 else 3 if len(number) >= 7 else 1
    tail = 4 if len(number) >= 7 else 0
    return number[:head] + "*" * max(len(number) - head - tail, 0) + number[len(number) - tail :]


def summary(form: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the filled fields of a form-js schema by group: (title of the group, ((label, value in words), …))."""
    groups = []
    for group in form.get("components", ()):
        rows = tuple(
            (str(field.get("label") or field["key"]), in_words(field, values[field["key"]]))
            for field in fields({"components": group.get("components", [group])})
            if values.get(field["key"]) not in (None, "", [])
        )
        if rows:
            groups.append((str(group.get("label") or ""), rows))
    return tuple(groups)


def in_words(field: Mapping[str, Any], value: Any) -> str:
    """Return a stored value as a reader sees it: labels for codes, masked numbers, 是 and 否 for booleans."""
    if value is True or value is False:
        return "是" if value else "否"
    labels = {str(option["value"]): str(option["label"]) for option in field.get("values", ())}
    if isinstance(value, list | tuple):
        return "、".join(labels.get(str(item), str(item)) for item in value)
    if field.get("properties", {}).get("format") in ("identity-number", "mobile"):
        return masked(str(value))
    return labels.get(str(value), str(value))


def answers_in_words(service: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the guided questions that were answered: (question, chosen answer)."""
    found = []
    for question in service.get("question", ()):
        labels = {option["value"]: option["label"] for option in question["options"]}
        if (chosen := answers.get(question["key"])) in labels:
            found.append((question["text"], labels[chosen]))
    return tuple(found)
