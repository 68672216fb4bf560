"""Label Studio (https://labelstud.io), Community edition, as a target."""

from mturk_exodus_label_studio.adapter import LabelStudioAdapter

__all__ = ["LabelStudioAdapter"]
