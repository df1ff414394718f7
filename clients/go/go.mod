module ordermill.dev/commerce

go 1.19
