"""Defects of Turkle 3.1.0, mended without a line of its code changed.

Its API's views ask only whether somebody has logged in, so that a worker may write to any user,
himself among them. And those that give files say in Content-Length how many characters these have;
servers cut the body off there. The page of an assignment is shown by its number to whoever has not
logged in at all, and any task's beside an assignment of another. Finished work is written over by
whoever did it and sends the page again; what was done at MTurk, too. And what a worker sends is
lost if it has more than 1,000 fields or 2.5 MB, which are Django's own limits: MTurk had no such.
"""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from rest_framework.permissions import IsAdminUser
from rest_framework.views import APIView
from turkle import views as pages
from turkle.api import views
from turkle.models import Task, TaskAssignment

FIELDS = 20_000
"""Of an answer."""
LARGEST = 12 * 1024 * 1024
"""An answer, in bytes."""

_FILES = ("download_input", "download_results")


def mend() -> None:
    """Let administrators alone use the API, and count bytes; show an assignment to who logged in.

    Django reads the addresses of pages later than this.
    """
    for view in vars(views).values():
        if (
            isinstance(view, type)
            and issubclass(view, APIView)
            and view.__module__ == views.__name__
        ):
            view.permission_classes = [IsAdminUser]
    for name in _FILES:
        given = getattr(views.BatchViewSet, name)
        setattr(views.BatchViewSet, name, _counted(given))
    pages.task_assignment_iframe = _logged_in(_of_its_task(pages.task_assignment_iframe))
    pages.task_assignment = _of_its_task(_once(pages.task_assignment))
    _at_least("DATA_UPLOAD_MAX_NUMBER_FIELDS", FIELDS)
    _at_least("DATA_UPLOAD_MAX_MEMORY_SIZE", LARGEST)


def _at_least(name, value):
    """Django looks at these with each request. None is no limit."""
    limit = getattr(settings, name)
    if limit is not None and limit < value:
        setattr(settings, name, value)


def _logged_in(given):
    @wraps(given)
    def view(request, task_id, task_assignment_id):
        is_for_all = Task.objects.filter(id=task_id, batch__login_required=False).exists()
        if request.user.is_authenticated or is_for_all:
            return given(request, task_id, task_assignment_id)
        return redirect_to_login(request.get_full_path())

    return view


def _of_its_task(given):
    @wraps(given)
    def view(request, task_id, task_assignment_id):
        if TaskAssignment.objects.filter(id=task_assignment_id, task_id=task_id).exists():
            return given(request, task_id, task_assignment_id)
        messages.error(request, "This assignment is not of that task.")
        return redirect(pages.index)

    return view


def _once(given):
    @wraps(given)
    def view(request, task_id, task_assignment_id):
        done = TaskAssignment.objects.filter(id=task_assignment_id, completed=True)
        if request.method == "POST" and done.exists():
            messages.error(request, "This was submitted before; that stays as it is.")
            return redirect(pages.index)
        return given(request, task_id, task_assignment_id)

    return view


def _counted(given):
    @wraps(given)
    def view(self, request, *args, **named):
        response = given(self, request, *args, **named)
        response["Content-Length"] = str(len(response.content))
        return response

    return view
