// Starts, and says so.
package main

import "pulp"

func main() {}

func init() {
	pulp.Run(func(app *pulp.App) error {
		pulp.Log.Info("PLUGIN_NAME is ready")
		return nil
	})
}
