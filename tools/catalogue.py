"""Finds what a translator needs to see in the declarations of kinds of entry; babel.cfg names it.

Besides the texts that are marked, that is when to record a kind: the first paragraph of its class's docstring.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from babel.messages.extract import extract_python


def extract(
    file: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield (line, function, message, comments) for each text, in the shape that Babel asks of an extractor."""
    source = file.read()
    yield from extract_python(io.BytesIO(source), keywords, comment_tags, options)  # type: ignore[arg-type]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and any(each.arg == "name" for each in node.keywords):
            paragraph = (ast.get_docstring(node) or "").split("\n\n")[0]
            yield node.lineno, "", " ".join(paragraph.split()), ["When to record this kind of entry."]
