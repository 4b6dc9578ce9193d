"""Which addresses of Microsoft accounts prove anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from bridgecore.domains.identity.service.microsoft import believed_email
from bridgecore.infra.settings import Settings
from bridgecore.integrations.microsoft import MicrosoftAccount

TENANT = "0d4f1f52-6c0b-4a0e-8c2f-0f1f9a3c7b21"
OTHER = "99999999-6c0b-4a0e-8c2f-0f1f9a3c7b21"
ALICE = MicrosoftAccount(
    tenant_id=UUID(TENANT),
    object_id=UUID("aaaaaaaa-0000-4000-8000-000000000001"),
    name="Alice",
    email="Alice@Corp.example",
    owns_domain=False,
    guest=False,
)
NAMED = {"microsoft_email_domains": ["CORP.example"]}
ANY = {"microsoft_email_domains": ["*"]}
ONE = {"microsoft_tenant_id": TENANT}
MANY = {"microsoft_tenant_id": "organizations"}


@pytest.mark.parametrize(
    ("settings", "account", "believed"),
    [
        ({**NAMED, **ONE}, {}, True),
        ({**NAMED, "microsoft_tenant_id": "corp.example"}, {}, True),
        ({**NAMED, **MANY, "microsoft_allowed_tenants": [TENANT]}, {}, True),
        ({**NAMED, **MANY}, {"owns_domain": True}, True),
        ({**ANY, **MANY}, {"owns_domain": True}, True),
        ({**NAMED, **ONE}, {"guest": True, "owns_domain": True}, True),
        # whoever runs any tenant could write this address into it
        ({**NAMED, **MANY}, {}, False),
        ({**NAMED, "microsoft_tenant_id": "common"}, {}, False),
        ({**NAMED, **MANY, "microsoft_allowed_tenants": [TENANT, OTHER]}, {}, False),
        ({**NAMED, **ONE}, {"guest": True}, False),
        ({**ANY, **ONE}, {}, False),
        ({**ONE}, {"owns_domain": True}, False),
        ({**NAMED, **ONE}, {"email": "alice@evil-corp.example"}, False),
        ({**NAMED, **ONE}, {"email": "alice@corp.example@evil.example"}, False),
        ({**NAMED, **ONE}, {"email": "corp.example"}, False),
        ({**NAMED, **ONE}, {"email": None}, False),
    ],
)
def test_which_are_believed(
    settings: dict[str, Any], account: dict[str, Any], believed: bool
) -> None:
    chosen = Settings(**settings, _env_file=None)
    somebody = replace(ALICE, **account)
    assert believed_email(chosen, somebody) == (somebody.email if believed else None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"microsoft_authority": "http://login.example"},
        {"microsoft_authority": "login.example"},
        {"supabase_url": "http://10.0.0.1:9999"},
        {"supabase_issuer": "ftp://x"},
        {"microsoft_allowed_tenants": "corp.example"},
        {"microsoft_tenant_id": "a/../b"},
    ],
)
def test_settings_that_would_prove_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong, _env_file=None)


def test_settings_as_they_are_written() -> None:
    chosen = Settings(
        microsoft_allowed_tenants=f"{TENANT.upper()}, {OTHER}",
        microsoft_email_domains="a.example, b.example",
        supabase_url="https://ref.supabase.co/",
        _env_file=None,
    )
    assert chosen.microsoft_allowed_tenants == [TENANT, OTHER]
    assert chosen.microsoft_email_domains == ["a.example", "b.example"]
    assert chosen.supabase_url == "https://ref.supabase.co"
