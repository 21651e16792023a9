"""What perfxl costs, measured on forms made for the purpose: ``python -m benchmarks`` from the top of the checkout."""
