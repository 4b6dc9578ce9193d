"""Measures the platform against named baselines, in one run on one machine.

    python -m bench --quick

Every figure that is judged is a ratio to something a reader can name: the same stub Odoo called
directly, or through nginx. `docs/why/performance.md` says what is measured and why so.
"""
