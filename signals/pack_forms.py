"""What the Packs pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class NewPackForm(forms.Form):
    """A pack of one's own: blank, or a copy of another."""

    id = forms.CharField(
        max_length=64,
        help_text="a–z, 0–9 and _; it becomes the folder's name.",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    name = forms.CharField(
        max_length=100, required=False, help_text="What people call it."
    )

    def __init__(self, *args: Any, packs: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "nothing: a blank pack"), *((pack, pack) for pack in packs)]
        self.fields["clone_of"] = forms.ChoiceField(
            label="Copy of",
            choices=choices,
            required=False,
            help_text="Its sets, models and policies.",
        )

    def content(self) -> dict[str, Any]:
        """The manifest of a blank pack."""
        asked = self.cleaned_data
        return {
            "id": asked["id"],
            "name": asked["name"] or asked["id"],
            "version": "0.1.0",
        }


class TextForm(forms.Form):
    """A whole file, and which one was read."""

    if_match = forms.CharField(widget=forms.HiddenInput, max_length=64)
    text = forms.CharField(
        label="YAML",
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={**_PLAIN, "rows": 24, "class": "code"}),
    )
    note = forms.CharField(
        required=False, max_length=500, help_text="Why; it stands in the history."
    )


class CloneForm(forms.Form):
    """Another name, in this pack or another."""

    def __init__(self, *args: Any, packs: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_pack"] = forms.ChoiceField(
            label="Pack", choices=[(pack, pack) for pack in packs]
        )
        self.fields["new_name"] = forms.CharField(
            label="Name", max_length=128, widget=forms.TextInput(attrs=_PLAIN)
        )
