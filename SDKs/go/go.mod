module pulp

go 1.24
