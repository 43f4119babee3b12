// Package identity says who asks. Whatever is kept or counted (answers, parts of bundles, limits)
// is kept by the scope of an identity, so that two scopes never share anything.
package identity

import "context"

// Identity is who a request is from. The zero value is anyone.
type Identity struct {
	Scope string // of what is kept for the identity; empty for what all share
}

type contextKey struct{}

// NewContext returns a context that carries an identity.
func NewContext(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

// FromContext returns the identity that a context carries, that of anyone if it carries none.
func FromContext(ctx context.Context) Identity {
	id, _ := ctx.Value(contextKey{}).(Identity)
	return id
}
