"""The catalogue: our own connectors and those of installed packages."""

from __future__ import annotations

import sys

import pytest

from bridgecore.connectors import registry
from bridgecore.connectors.errors import Rejected


def test_odoo_is_there_and_names_its_secret():
    spec = registry.load()["odoo"]
    assert spec.secrets == {"password"}
    assert set(spec.config_schema["required"]) <= set(spec.config_schema["properties"])


def test_opening_needs_the_settings(http):
    spec = registry.load()["odoo"]
    with pytest.raises(Rejected, match="database, username"):
        spec.open({"url": "https://shop.test", "password": "x"}, http)
    with pytest.raises(Rejected, match="transport"):
        spec.open(
            {
                "url": "https://shop.test",
                "database": "d",
                "username": "u",
                "password": "x",
                "transport": "soap",
            },
            http,
        )


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a distribution with one connector entry point."""

    def install(name: str, code: str) -> None:
        (tmp_path / f"{name}.py").write_text(code)
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[bridgecore.connectors]\n{name} = {name}:SPEC\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield install
    for name in ("tally", "second_odoo", "nonsense"):
        sys.modules.pop(name, None)


SPEC = """
from bridgecore.connectors.contract import ConnectorSpec
SPEC = ConnectorSpec({name!r}, "Title", {{"type": "object"}}, open=lambda config, http: None)
"""


def test_a_package_adds_one(installed):
    installed("tally", SPEC.format(name="tally"))
    assert set(registry.load()) >= {"odoo", "tally"}


def test_names_are_taken_once(installed, caplog):
    installed("second_odoo", SPEC.format(name="odoo"))
    assert registry.load()["odoo"].title == "Odoo"
    assert "called 'odoo' already" in caplog.text


@pytest.mark.parametrize("code", ["SPEC = 1", "raise RuntimeError", "import no_such_package"])
def test_a_package_that_fails_keeps_nobody_from_starting(installed, caplog, code):
    installed("nonsense", code)
    installed("tally", SPEC.format(name="tally"))
    found = registry.load()
    assert set(found) >= {"odoo", "tally"}
    assert "nonsense" not in found
    assert "connector_not_loaded: nonsense" in caplog.text
