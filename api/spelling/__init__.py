"""How values are spelled on the wire: ids, amounts, countries, cursors, and ids from outside."""
