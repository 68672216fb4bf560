"""MTurk's externalSubmit, for pages that stand elsewhere.

Such a page is in a frame of the worker's own page, and posts its answer here. This view knows
neither the worker (cookies do not come with a post from elsewhere) nor the assignment, and stores
nothing. It gives the answer to the page around the frame, which has the worker's session and
Turkle's form. So nobody can submit for somebody else, whatever is posted here.
"""

import json

from django.http import HttpResponse, HttpResponseBadRequest
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>mturk-exodus</title></head>
<body><p>Your answer is on its way.</p>
<script type="application/json" id="answer">{answer}</script>
<script>
const answer = JSON.parse(document.getElementById("answer").textContent);
if (answer.length && parent !== window) {{
  parent.postMessage({{ "mturk-exodus: submit": answer }}, location.origin);
}}
</script></body></html>
"""
_POLICY = "default-src 'none'; script-src 'unsafe-inline'"


@csrf_exempt
@xframe_options_sameorigin
def external_submit(request) -> HttpResponse:
    """Hand an answer to the page around."""
    try:
        given = request.POST if request.method == "POST" else request.GET
    except (LookupError, UnicodeError):
        return HttpResponseBadRequest("This is in no encoding that is known here.")
    answer = [
        [name, value] for name in given if name != "assignmentId" for value in given.getlist(name)
    ]
    said = json.dumps(answer).replace("<", "\\u003c")
    response = HttpResponse(_PAGE.format(answer=said))
    response["Content-Security-Policy"] = _POLICY
    response["Cache-Control"] = "no-store"
    return response
