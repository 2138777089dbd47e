// A room: what one says at /chat goes to everybody who is connected.
package main

import (
	"maps"
	"slices"

	"pulp"
)

func main() {}

func init() {
	pulp.Run(func(app *pulp.App) error {
		members := map[uint64]*pulp.Conn{}
		app.WebSocket("/chat", pulp.WebSocket{
			Open: func(conn *pulp.Conn) error {
				members[conn.ID] = conn
				return nil
			},
			Message: func(conn *pulp.Conn, message pulp.Message) error {
				_, err := pulp.Broadcast(slices.Collect(maps.Values(members)), message)
				return err
			},
			Close: func(conn *pulp.Conn, code int, reason string) {
				delete(members, conn.ID)
			},
		})
		return nil
	})
}
