"""Measures the budgets of docs/ARCHITECTURE.md; one module a budget."""
