"""Ids, ports, errors and limits: what every other layer may use and what uses none of them."""
