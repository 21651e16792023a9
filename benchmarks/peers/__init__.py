"""What would be written today without perfxl: three scripts that read the forms by fixed cells, make ten checks, and
write a ledger of four sheets.  They import nothing of perfxl and keep nothing that it keeps: no bounds, no isolation, no
statuses; a file that can't be opened ends them."""
