module hello

go 1.24

require pulp v0.0.0

replace pulp => ../
