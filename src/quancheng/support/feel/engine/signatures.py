"""The names of the built-in functions' parameters (DMN 1.5, tables 68–78), for calls with named arguments."""

from __future__ import annotations

from typing import Any

from quancheng.support.feel.engine.errors import FeelError
from quancheng.support.feel.engine.errors import marked as _

_SIGNATURES = """
number(from, grouping separator, decimal separator)
string(from)
date(from) | date(year, month, day)
time(from) | time(hour, minute, second, offset)
date and time(from) | date and time(date, time) | date and time(year, month, day, hour, minute, second, offset)
duration(from)
years and months duration(from, to)
not(negand)
substring(string, start position, length)
string length(string)
upper case(string)
lower case(string)
substring before(string, match)
substring after(string, match)
replace(input, pattern, replacement, flags)
contains(string, match)
starts with(string, match)
ends with(string, match)
matches(input, pattern, flags)
split(string, delimiter)
string join(list, delimiter)
trim(string)
list contains(list, element)
count(list)
min(list)
max(list)
sum(list)
mean(list)
all(list)
any(list)
product(list)
median(list)
stddev(list)
mode(list)
sublist(list, start position, length)
append(list, item)
concatenate(list)
insert before(list, position, newItem)
remove(list, position)
reverse(list)
index of(list, match)
union(list)
distinct values(list)
flatten(list)
sort(list, precedes)
list replace(list, position, newItem) | list replace(list, match, newItem)
decimal(n, scale)
floor(n, scale)
ceiling(n, scale)
round(n, scale)
round up(n, scale)
round down(n, scale)
round half up(n, scale)
round half down(n, scale)
abs(n)
modulo(dividend, divisor)
sqrt(number)
log(number)
exp(number)
odd(number)
even(number)
is(value1, value2)
range(from)
before(point1, point2) | before(point, range) | before(range, point) | before(range1, range2)
after(point1, point2) | after(point, range) | after(range, point) | after(range1, range2)
meets(range1, range2)
met by(range1, range2)
overlaps(range1, range2)
overlaps before(range1, range2)
overlaps after(range1, range2)
finishes(point, range) | finishes(range1, range2)
finished by(range, point) | finished by(range1, range2)
includes(range, point) | includes(range1, range2)
during(point, range) | during(range1, range2)
starts(point, range) | starts(range1, range2)
started by(range, point) | started by(range1, range2)
coincides(point1, point2) | coincides(range1, range2)
day of year(date)
day of week(date)
month of year(date)
week of year(date)
get value(m, key) | get value(context, key)
get entries(m) | get entries(context)
context(entries)
context put(context, key, value) | context put(context, keys, value)
context merge(contexts)
"""


def _read(table: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for line in table.strip().splitlines():
        forms = [form.strip().removesuffix(")").partition("(") for form in line.split("|")]
        found[forms[0][0]] = tuple(tuple(parameters.split(", ")) for _name, _bracket, parameters in forms)
    return found


SIGNATURES = _read(_SIGNATURES)


def ordered(name: str, names: tuple[str, ...], arguments: list[Any]) -> list[Any]:
    """Return named arguments in the order of the function's parameters, null where one before the last is left out.

    :raises FeelError: when no form of the function has parameters of these names.
    """
    given = dict(zip(names, arguments, strict=True))
    for parameters in SIGNATURES.get(name, ()):
        if given.keys() <= set(parameters) and len(given) == len(names) and parameters[0] in given:
            last = max(parameters.index(word) for word in given)
            return [given.get(word) for word in parameters[: last + 1]]
    raise FeelError(_("%(name)s() has no parameters named %(names)s"), name=name, names=", ".join(names))
