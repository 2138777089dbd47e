// Hello greets: GET /hello/:name answers Hello, NAME!
package main

import "pulp"

func main() {}

func init() {
	pulp.Run(func(app *pulp.App) error {
		greeting := app.Config.String("greeting", "Hello")
		visits := 0
		app.Get("/hello/:name", func(r *pulp.Request) (*pulp.Response, error) {
			visits++
			pulp.Log.Info("greeted", "name", r.Param("name"), "visits", visits)
			return pulp.Text(greeting + ", " + r.Param("name") + "!\n"), nil
		})
		return nil
	})
}
