// clients.sh sets the paths.
export default {
  input: process.env.VIEW,
  output: { path: process.env.OUTPUT, importFileExtension: '.js', entryFile: false },
  logs: { level: 'warn' },
  plugins: [
    { name: '@hey-api/client-fetch' },
    // A type called Error would hide JavaScript's own.
    { name: '@hey-api/typescript', definitions: { name: (name) => (name === 'Error' ? 'ApiError' : name) } },
    // No client that is shared by the whole process: each call names its own.
    { name: '@hey-api/sdk', client: false },
  ],
};
