// Greets: GET /hello/:name answers "Hello, NAME!" and how many were greeted.
package main

import (
	"fmt"

	"pulp"
)

func main() {}

func init() {
	pulp.Run(func(app *pulp.App) error {
		greeting := app.Config.String("greeting", "Hello")
		visits := 0
		app.Get("/hello/:name", func(r *pulp.Request) (*pulp.Response, error) {
			visits++
			return pulp.Text(fmt.Sprintf("%s, %s! (%d)\n", greeting, r.Param("name"), visits)), nil
		})
		return nil
	})
}
