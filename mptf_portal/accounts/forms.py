"""The forms of sign-in and of accounts."""

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class SignInForm(LoginForm):
    """E-mail address and password, as a browser's keychain knows them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autofocus": True}
        self.fields["password"].help_text = ""  # the page has its own link


class PasskeyForm(AddWebAuthnForm):
    """A passkey; as a rule it does without the password."""

    passwordless = forms.BooleanField(
        label=gettext_lazy("Let it sign me in without my password"),
        help_text=gettext_lazy("Your device then asks for your fingerprint, your face or its PIN."),
        required=False,
        initial=True,
    )


class InviteForm(forms.ModelForm):
    """A new account: the address is its name, and nobody but its owner sets its password."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=150,  # a user name's: it is both
        widget=forms.EmailInput({"class": "vTextField", "autocomplete": "off"}),
    )

    class Meta:
        model = get_user_model()
        fields = ("email", "first_name", "last_name", "groups")

    def clean_email(self) -> str:
        """Return the address in lower case; refuse one that has an account."""
        email = self.cleaned_data["email"].lower()
        known = get_user_model().objects.filter(username=email) | get_user_model().objects.filter(
            email__iexact=email
        )
        if known.exists():
            raise ValidationError(_("This address has an account already."))
        return email

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 (Django's signature)
        """Make an account of staff that nobody can sign in to yet."""
        self.instance.username = self.cleaned_data["email"]
        self.instance.is_staff = True
        self.instance.set_unusable_password()
        return super().save(commit)
