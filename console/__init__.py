"""The shop's back office under /console: pages for people, over the same door and rules as every face (contract section 15)."""
