// Works every second.
package main

import (
	"fmt"
	"time"

	"pulp"
)

func main() {}

func init() {
	pulp.Run(func(app *pulp.App) error {
		runs := 0
		app.OnTick(func(now time.Time) error {
			runs++
			pulp.Log.Info(fmt.Sprintf("run %d", runs))
			return nil
		})
		return nil
	})
}
