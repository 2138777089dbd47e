// A board: what is posted to /events goes to everybody who listens there.
package main

import "pulp"

func main() {}

func init() {
	pulp.Run(func(app *pulp.App) error {
		app.Events("/events")
		app.Post("/events", func(r *pulp.Request) (*pulp.Response, error) {
			if err := pulp.Emit("/events", pulp.Event{Data: r.Text()}); err != nil {
				return nil, err
			}
			return pulp.Status(204), nil
		})
		return nil
	})
}
