// Swagger UI makes an example of each schema whenever it draws an operation, also where the document has one. Of a pattern it makes
// random text, which takes seconds and is of no use to anybody. A new item of a list starts as such an example, too: here it is empty.
const plainExamples = ({ getSystem }) => ({
  fn: {
    memoizedSampleFromSchema(schema, config, example) {
      if (example !== undefined || schema === undefined) {
        return example;
      }
      const withoutPatterns = JSON.parse(JSON.stringify(schema, (key, value) => (key === "pattern" && typeof value === "string" ? undefined : value)));
      const sample = getSystem().fn.sampleFromSchema(withoutPatterns, config);
      return sample === "string" ? "" : sample;
    },
  },
});

SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  plugins: [plainExamples],
  validatorUrl: null,
});
