"""What a class leaves to those that build on it is an abstract method, and nothing incomplete is put to work."""

import ast
import inspect
from pathlib import Path

from django.urls import URLPattern, get_resolver

ROOT = Path(__file__).resolve().parents[2]


def _views(resolver):
    for item in resolver.url_patterns:
        if not isinstance(item, URLPattern):
            yield from _views(item)
        elif view := getattr(item.callback, "view_class", None):
            yield view


def test_no_page_lacks_what_its_base_leaves_to_it():
    views = set(_views(get_resolver()))

    assert len(views) > 300
    assert sorted(view.__qualname__ for view in views if inspect.isabstract(view)) == []


def test_nothing_says_only_at_work_that_it_is_not_implemented():
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "src").rglob("*.py"))
        if "NotImplementedError" in (text := path.read_text())
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)
    ]

    assert found == []
