"""A question as a page that can be looked at: nothing in it runs, nothing is fetched."""

from __future__ import annotations

from html import escape

from selectolax.lexbor import LexborHTMLParser

from mturk_exodus.questions.form import Field, Form, Shown

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""Of the whole page. A frame made of a text (srcdoc) is under its parent's policy as well: HTML
standard, "determining navigation params policy container"."""

_LEADING = "iframe, frame, a, area, link, base, form, button, input, object, embed, svg *"
_ADDRESSES = {"src", "href", "xlink:href", "action", "formaction", "data", "ping"}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
body {{ margin: 0; font: 14px/1.4 system-ui, sans-serif; }}
header {{ padding: .5em 1em; background: #eee; }}
iframe {{ border: 0; width: 100%; height: 90vh; }}
main {{ padding: 1em; max-width: 60em; }}
</style></head><body>
<header>{title}. Without scripts and without anything from the network: pictures and sounds are
missing, and so is what the page makes itself.</header>
{body}
</body></html>
"""


def of_html(html: str, title: str) -> str:
    """A page that shows HTML in a frame of its own, where it may do nothing at all."""
    inner = escape(_without_addresses(html))
    return _page(title, f'<iframe sandbox="" title="the question" srcdoc="{inner}"></iframe>')


def _without_addresses(html: str) -> str:
    """The policy forbids requests; a browser still connects to where a frame or a link leads, and
    leaves a page that sends it elsewhere.
    """
    page = LexborHTMLParser(html)
    for node in page.css("meta[http-equiv]"):
        node.decompose()
    for node in page.css(_LEADING):
        for name in _ADDRESSES & node.attributes.keys():
            del node.attrs[name]
    return page.html or ""


def of_form(form: Form, title: str) -> str:
    """A page that lists what a form asks; for questions that are no HTML."""
    parts = [_shown(one) for one in form.shows]
    parts += [_field(one) for one in form.fields]
    return _page(title, f"<main>{''.join(parts)}</main>")


def _page(title: str, body: str) -> str:
    return _PAGE.format(policy=escape(_POLICY), title=escape(title), body=body)


def _shown(one: Shown) -> str:
    if one.kind == "text":
        return f"<p>{escape(one.value)}</p>"
    return f"<p>[{escape(one.kind)}: {escape(one.label or '')} {escape(one.value)}]</p>"


def _field(field: Field) -> str:
    label = escape(field.label or field.name)
    choices = "".join(f"<li>{escape(one.label or one.value)}</li>" for one in field.choices)
    shown = "".join(map(_shown, field.shows))
    kind = escape(field.kind.replace("_", " "))
    return f"<section><h3>{label}</h3>{shown}<p>({kind})</p><ul>{choices}</ul></section>"
