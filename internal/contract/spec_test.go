package contract

import (
	"strings"
	"testing"
)

// testSpec is a small document with one of everything that this package has to deal with.
const testSpec = `# a comment
openapi: 3.0.3
info: {title: Test, version: v1}
x-limits: {headerBytes: 1024, headerItems: 4, bodyBytes: 512, bodyValues: 1000, nestingLevels: 6}
paths:
  /:
    get:
      operationId: index
      responses:
        '200':
          description: OK
          content:
            text/html: {schema: {type: string}}
            application/cbor: {schema: {type: object}}
            application/json: {schema: {type: object}}
  /orders/{id}:
    get:
      operationId: getOrder
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses:
        '200': {description: OK, content: {text/plain: {schema: {type: string}}}}
  /search:
    get:
      operationId: search
      parameters:
        - {name: color, in: query, schema: {$ref: '#/components/schemas/Color'}}
        - {name: colour, in: query, x-alias-of: color, schema: {$ref: '#/components/schemas/Color'}}
        - {name: size, in: query, schema: {$ref: '#/components/schemas/Size'}}
        - {name: count, in: query, schema: {type: integer, minimum: 0, maximum: 9, default: 3}}
        - name: only
          in: query
          explode: false
          schema: {type: array, minItems: 1, items: {type: string, pattern: '^[a-z]+$'}}
        - name: tag
          in: query
          schema: {type: array, maxItems: 2, items: {type: string, description: a word, pattern: '^[a-z]+$'}}
      responses: &answers
        '200':
          description: OK
          content:
            application/yaml: {schema: {type: object}}
            application/json: {schema: {type: object}}
            application/x-yaml: {schema: {type: object}}
        default: {description: Fault, content: {application/problem+json: {schema: {type: object}}}}
  /things:
    post:
      operationId: postThing
      requestBody: {$ref: '#/components/requestBodies/Thing'}
      responses: *answers
    delete:
      operationId: deleteThings
      responses: *answers
  /either:
    post:
      operationId: postEither
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Either'}
      responses: *answers
components:
  requestBodies:
    Thing:
      required: true
      content:
        application/json: &thing
          schema: {$ref: '#/components/schemas/Thing'}
          examples:
            red: {value: &red {kind: thing, spec: {color: red}}}
            blue: {value: &blue {kind: thing, spec: {color: blue}}}
            any: {value: {kind: thing, spec: {color: any}}}
        application/yaml: *thing
  responses:
    Thing:
      description: OK
      content:
        application/json:
          schema: {$ref: '#/components/schemas/Thing'}
          examples:
            red: {value: *red}
            blue: {value: *blue}
  schemas:
    Color:
      type: string
      title: color
      enum: [red, green, blue, any]
      x-enum-varnames: [Red, Green, Blue, Any]
      x-allowlist: TEST_COLORS
    Size:
      type: string
      enum: [S, M, XL]
      x-allowlist: TEST_SIZES
    Criteria:
      type: object
      additionalProperties: false
      properties:
        color: {$ref: '#/components/schemas/Color'}
        size: {$ref: '#/components/schemas/Size'}
        count: {type: integer}
    Thing:
      type: object
      additionalProperties: false
      required: [kind]
      properties:
        kind: {type: string, enum: [thing]}
        spec: {$ref: '#/components/schemas/Criteria'}
        note: {type: string, maxLength: 4}
        at: {type: string, format: date-time}
        list: {type: array, items: {$ref: '#/components/schemas/Criteria'}}
        labels: {type: object, additionalProperties: {type: string}}
        free: {type: object, additionalProperties: true}
    Other:
      type: object
      additionalProperties: false
      required: [kind, name]
      properties:
        kind: {type: string, enum: [other]}
        name: {type: string}
    Either:
      oneOf:
        - $ref: '#/components/schemas/Thing'
        - $ref: '#/components/schemas/Other'
      discriminator:
        propertyName: kind
        mapping:
          thing: '#/components/schemas/Thing'
          other: '#/components/schemas/Other'
`

func loadSpec(t testing.TB, allowlists map[string][]string) *Contract {
	t.Helper()
	c, err := Load([]byte(testSpec), allowlists)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// replaced returns testSpec with a change that must apply.
func replaced(t testing.TB, old, replacement string) []byte {
	t.Helper()
	if !strings.Contains(testSpec, old) {
		t.Fatalf("the test document has no %q", old)
	}
	return []byte(strings.ReplaceAll(testSpec, old, replacement))
}
