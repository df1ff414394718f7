"""What the shop writes to its customers: one template per mail, as text and as HTML, which a shop may replace (docs/mails.md)."""
